// Package thumbnail answers one request for a thumbnail: it reads the path,
// judges whether it may be served, fetches the original, renders, answers and
// stores the answer under the path that was asked for. A request in the language
// of another system is answered by the thumbnail that is stored under the path of
// the native request for the same picture; what is rendered is stored there. [Handler] is an
// http.Handler; [Stream] puts it into a Lambda function.
package thumbnail
