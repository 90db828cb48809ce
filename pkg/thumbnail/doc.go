// Package thumbnail answers one request for a thumbnail: it reads the path,
// judges whether it may be served, fetches the original, renders, answers and
// stores the answer under the path that was asked for. [Handler] is an
// http.Handler; [Stream] puts it into a Lambda function.
package thumbnail
