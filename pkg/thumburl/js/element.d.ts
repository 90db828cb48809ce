import type { Client } from './index.js';

/**
 * Defines the element `<thumb-img key base preset width height fit sizes alt color thumbhash loading>`, whose
 * pictures are of the client's deployment, or of the one that `base` names. Without a client each has a `base`.
 */
export declare function define(client?: Client, name?: string): void;
