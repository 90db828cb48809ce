/**
 * Throws an Error of the name ThumbfrontError, with code, field, given and allowed. What is
 * given is shown as JSON, which has no NaN, and cut.
 */
export const fail = (field, value, allowed, code = 'InvalidField') => {
  const given = `${typeof value == 'number' ? value : JSON.stringify(value)}`.slice(0, 64);
  throw Object.assign(Error((field && field + ': ') + `got ${given}, want ${allowed}`), { name: 'ThumbfrontError', code, field, given, allowed });
};
