package edge

import (
	"container/list"
	"net/http"
	"time"
)

// object is an answer of an origin: in the cache, or on its way to it. It is
// never changed; a renewed one takes its place.
type object struct {
	key     string // of the cache
	path    string
	status  int
	header  http.Header
	body    *body
	fetched time.Time // when an origin gave or last confirmed it
	expires time.Time
	retired time.Time // after this even a failing origin does not bring it back
}

// renewed is the object with new dates and the headers that confirmed it.
func (o *object) renewed(h http.Header, fetched, expires, retired time.Time) *object {
	n := *o
	n.header = o.header.Clone()
	for name, values := range h {
		if name != "Content-Length" {
			n.header[name] = values
		}
	}
	n.fetched, n.expires, n.retired = fetched, expires, retired
	return &n
}

// size is what the object costs of the cache's bound, in bytes.
func (o *object) size() int64 {
	n := o.body.size()
	for name, values := range o.header {
		n += len(name)
		for _, v := range values {
			n += len(v)
		}
	}
	return int64(n + len(o.key))
}

// cache forgets what was used longest ago. It is not safe for concurrent use.
type cache struct {
	bound, used int64
	order       list.List // of *object, the latest in front
	objects     map[string]*list.Element
}

func newCache(bound int64) *cache {
	return &cache{bound: bound, objects: map[string]*list.Element{}}
}

func (c *cache) get(key string) *object {
	e, ok := c.objects[key]
	if !ok {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*object)
}

// put takes only an object whose body is complete.
func (c *cache) put(o *object) {
	c.remove(o.key)
	if o.size() > c.bound {
		return
	}
	c.objects[o.key] = c.order.PushFront(o)
	c.used += o.size()
	for c.used > c.bound {
		c.remove(c.order.Back().Value.(*object).key)
	}
}

func (c *cache) remove(key string) {
	e, ok := c.objects[key]
	if !ok {
		return
	}
	c.used -= e.Value.(*object).size()
	c.order.Remove(e)
	delete(c.objects, key)
}

// removeMatching forgets all objects whose path matches and counts them.
func (c *cache) removeMatching(match func(path string) bool) int {
	n := 0
	for key, e := range c.objects {
		if match(e.Value.(*object).path) {
			c.remove(key)
			n++
		}
	}
	return n
}
