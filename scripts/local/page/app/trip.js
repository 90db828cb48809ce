// The story of a thumbnail's trip, read from the headers of its answer.
import { milliseconds } from './text.js';

/** Server-Timing -> { fetch: 6, render: 268 } in milliseconds. */
function durations(header) {
  const found = {};
  for (const metric of header.split(',')) {
    const [name, ...params] = metric.split(';').map((s) => s.trim());
    const dur = params.find((p) => p.startsWith('dur='));
    if (dur) found[name] = Number(dur.slice(4));
  }
  return found;
}

/**
 * @param headers of an answer that is a picture
 * @param took milliseconds that the browser waited
 * @returns {{trip: string, text: string, detail: string}} trip is the last stop:
 * edge, s3 or render; unknown where the headers do not tell
 */
export function tell(headers, took) {
  const cache = (headers.get('X-Cache') || '').toLowerCase();
  const timing = headers.get('Server-Timing');
  const answered = `answered in ${milliseconds(took)}`;
  // A hit may carry the Server-Timing of the answer that was cached.
  if (cache.startsWith('refreshhit')) return { trip: 'edge', text: 'edge hit, revalidated', detail: answered };
  if (cache.startsWith('hit')) return { trip: 'edge', text: 'edge hit', detail: answered };
  if (!cache.startsWith('miss')) return { trip: 'unknown', text: 'no story', detail: `X-Cache is “${cache}”` };
  if (!timing) return { trip: 's3', text: 'S3 hit', detail: answered };
  const { fetch = 0, render = 0 } = durations(timing);
  return {
    trip: 'render',
    text: `rendered in ${milliseconds(fetch + render)}`,
    detail: `(fetch ${Math.round(fetch)}, render ${milliseconds(render)})`,
  };
}
