package aws

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/thumbfront/thumbfront/scripts/local/sqs"
)

const (
	queueContentType = "application/x-amz-json-1.0"
	maxBatch         = 10 // messages

	actionSendMessage = "sqs:SendMessage"
)

// outgoing is one message that a caller sends.
type outgoing struct {
	ID           string `json:"Id"`
	MessageBody  string
	DelaySeconds *int
}

func (o outgoing) delay() *time.Duration {
	if o.DelaySeconds == nil {
		return nil
	}
	delay := time.Duration(*o.DelaySeconds) * time.Second
	return &delay
}

// sent is what SQS says of a message: the MD5 is checked by SDKs.
type sent struct {
	ID               string `json:"Id,omitempty"`
	MessageID        string `json:"MessageId"`
	MD5OfMessageBody string
}

func (s *Server) send(arn string, m outgoing) (sent, error) {
	id, err := s.Queues.Send(arn, m.MessageBody, m.delay())
	if err != nil {
		return sent{}, err
	}
	sum := md5.Sum([]byte(m.MessageBody))
	return sent{m.ID, id, hex.EncodeToString(sum[:])}, nil
}

// queueOf reads a call's body and gives the queue that it is about, where the
// caller may send to it; else it answers.
func (s *Server) queueOf(w http.ResponseWriter, r *http.Request, into any, url *string) (arn string, ok bool) {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		queueFail(w, "SerializationException", err)
		return "", false
	}
	arn, err := s.queueByURL(*url)
	if err != nil {
		queueFail(w, "com.amazonaws.sqs#QueueDoesNotExist", err)
		return "", false
	}
	if !s.may(r, actionSendMessage, arn) {
		queueFail(w, "AccessDeniedException", errors.New("the caller has no permission for "+actionSendMessage+" on "+arn))
		return "", false
	}
	return arn, true
}

func (s *Server) queueByURL(url string) (string, error) {
	if s.Queues == nil {
		return "", sqs.ErrNoQueue
	}
	return s.Queues.ByURL(url)
}

func (s *Server) sendMessage(w http.ResponseWriter, r *http.Request) {
	var input struct {
		outgoing
		QueueURL string `json:"QueueUrl"`
	}
	arn, ok := s.queueOf(w, r, &input, &input.QueueURL)
	if !ok {
		return
	}
	result, err := s.send(arn, input.outgoing)
	if err != nil {
		queueFail(w, "InvalidParameterValue", err)
		return
	}
	queueAnswer(w, http.StatusOK, result)
}

func (s *Server) sendMessageBatch(w http.ResponseWriter, r *http.Request) {
	var input struct {
		QueueURL string `json:"QueueUrl"`
		Entries  []outgoing
	}
	arn, ok := s.queueOf(w, r, &input, &input.QueueURL)
	if !ok {
		return
	}
	if len(input.Entries) < 1 || len(input.Entries) > maxBatch {
		queueFail(w, "com.amazonaws.sqs#TooManyEntriesInBatchRequest", errors.New("a batch has 1 to 10 entries"))
		return
	}
	type failed struct {
		ID          string `json:"Id"`
		Code        string
		Message     string
		SenderFault bool
	}
	output := struct {
		Successful []sent
		Failed     []failed
	}{Successful: []sent{}, Failed: []failed{}}
	for _, entry := range input.Entries {
		if result, err := s.send(arn, entry); err != nil {
			output.Failed = append(output.Failed, failed{entry.ID, "InvalidParameterValue", err.Error(), true})
		} else {
			output.Successful = append(output.Successful, result)
		}
	}
	queueAnswer(w, http.StatusOK, output)
}

func queueFail(w http.ResponseWriter, code string, err error) {
	queueAnswer(w, http.StatusBadRequest, map[string]string{"__type": code, "message": err.Error()})
}

func queueAnswer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", queueContentType)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a caller that is gone is no fault
}
