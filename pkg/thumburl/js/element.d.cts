import type { Client } from './index.cjs';

/**
 * Defines the element `<thumb-img key preset width height fit sizes alt color thumbhash loading>`, whose
 * pictures are of the client's deployment.
 */
export declare function define(client: Client, name?: string): void;
