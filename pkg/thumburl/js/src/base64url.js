// base64url of UTF-8 without padding. btoa and atob know bytes alone, which escape and
// unescape make of UTF-8 and back: old, but everywhere, and short.
export const toBase64url = (text) => btoa(unescape(encodeURIComponent(text))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
export const fromBase64url = (payload) => decodeURIComponent(escape(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))));
