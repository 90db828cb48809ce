// In browsers too, so without a secret: by presets.
import { Client } from 'thumbfront';
import { createLoader } from 'thumbfront/next';

const client = new Client({ base: process.env.NEXT_PUBLIC_BASE });
export default createLoader(client, { presets: { 640: 'small', 1200: 'large' } });
