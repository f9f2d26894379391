package check

import (
	"crypto/x509"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// DNS is what the name of a node leads to.
type DNS struct {
	Host string
	// Found are the addresses of the name, Err why there are none.
	Found []netip.Addr
	Err   error
	// Own are those of the machine that asks, nil when it is somebody else's.
	Own []netip.Addr
	// Loopback says that the node is for this machine alone.
	Loopback bool
}

// Check judges it.
func (f DNS) Check() Check {
	const name = "dns"
	found := addresses(f.Found)
	here := func(a netip.Addr) bool { return slices.Contains(f.Own, a.Unmap()) }
	switch {
	case f.Loopback:
		return Found(name, OK, "demo", "Host", f.Host)
	case f.Err != nil:
		return Found(name, Failed, "unknown", "Host", f.Host, "Error", f.Err.Error())
	case len(f.Found) == 0:
		return Found(name, Failed, "none", "Host", f.Host)
	case !slices.ContainsFunc(f.Found, func(a netip.Addr) bool { return !a.Unmap().IsLoopback() }):
		return Found(name, Warning, "loopback", "Host", f.Host, "Addresses", found)
	case !slices.ContainsFunc(f.Found, func(a netip.Addr) bool { return !a.Unmap().IsPrivate() && !a.Unmap().IsLoopback() }):
		return Found(name, Failed, "private", "Host", f.Host, "Addresses", found)
	case f.Own != nil && !slices.ContainsFunc(f.Found, here):
		return Found(name, Warning, "elsewhere", "Host", f.Host, "Addresses", found, "Own", addresses(f.Own))
	case f.Own != nil && slices.ContainsFunc(f.Found, func(a netip.Addr) bool { return !here(a) }):
		return Found(name, Warning, "partly", "Host", f.Host, "Addresses", found, "Own", addresses(f.Own))
	}
	return Found(name, OK, "good", "Host", f.Host, "Addresses", found)
}

func addresses(all []netip.Addr) string {
	var texts []string
	for _, a := range all {
		texts = append(texts, a.Unmap().String())
	}
	return strings.Join(texts, ", ")
}

// Port is whether a port of the node's name takes connections.
type Port struct {
	// Name is "https" or "http"; Number is the port.
	Name   string
	Number string
	Err    error
	// Needed says that nothing works without it.
	Needed bool
}

// Check judges it.
func (f Port) Check() Check {
	switch {
	case f.Err == nil:
		return Found(f.Name+"_port", OK, "good", "Port", f.Number)
	case f.Needed:
		return Found(f.Name+"_port", Failed, "closed", "Port", f.Number, "Error", cause(f.Err))
	}
	return Found(f.Name+"_port", Warning, "closed", "Port", f.Number, "Error", cause(f.Err))
}

// cause is what stands behind the wrapping of a client: people read it.
func cause(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return err.Error()
}

// certificateSoon is when somebody should look why a certificate was not
// renewed: it is 30 days before its end as a rule.
const certificateSoon = 14 * 24 * time.Hour

// Certificate is what was shown when the node was asked over TLS.
type Certificate struct {
	Host string
	// Plain says that the node's address is http: there is none.
	Plain bool
	// Leaf is the certificate, nil where Err says why it was not taken.
	Leaf *x509.Certificate
	Err  error
	Now  time.Time
}

// IsCertificate reports whether an error is about a certificate, not about the
// way to it.
func IsCertificate(err error) bool {
	_, invalid := errors.AsType[x509.CertificateInvalidError](err)
	_, name := errors.AsType[x509.HostnameError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	return invalid || name || authority
}

// Check judges it.
func (f Certificate) Check() Check {
	const name = "certificate"
	if f.Plain {
		return Found(name, OK, "plain")
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](f.Err); ok && e.Reason == x509.Expired && e.Cert != nil {
		if f.Now.Before(e.Cert.NotBefore) {
			return Found(name, Failed, "early", "Date", date(e.Cert.NotBefore))
		}
		return Found(name, Failed, "expired", "Date", date(e.Cert.NotAfter))
	}
	if e, ok := errors.AsType[x509.HostnameError](f.Err); ok {
		return Found(name, Failed, "name", "Host", f.Host, "Names", strings.Join(e.Certificate.DNSNames, ", "))
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](f.Err); ok {
		return Found(name, Failed, "authority")
	}
	if f.Err != nil || f.Leaf == nil {
		return Found(name, Failed, "broken", "Error", text(f.Err))
	}
	left := f.Leaf.NotAfter.Sub(f.Now)
	if left < certificateSoon {
		return Found(name, Warning, "soon", "Days", days(left), "Date", date(f.Leaf.NotAfter))
	}
	return Found(name, OK, "good", "Days", days(left), "Date", date(f.Leaf.NotAfter))
}

func text(err error) string {
	if err == nil {
		return "-"
	}
	return cause(err)
}

func date(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func days(d time.Duration) string { return strconv.Itoa(int(d / (24 * time.Hour))) }

// Redirect is what plain http answers.
type Redirect struct {
	Base     *url.URL
	Status   int
	Location string
	Err      error
}

// Check judges it.
func (f Redirect) Check() Check {
	const name = "redirect"
	to, err := url.Parse(f.Location)
	switch {
	case f.Err != nil:
		return Found(name, Warning, "closed", "Error", cause(f.Err))
	case f.Status/100 != 3:
		return Found(name, Warning, "none", "Status", strconv.Itoa(f.Status))
	case err != nil || to.Scheme != f.Base.Scheme || !strings.EqualFold(to.Host, f.Base.Host):
		return Found(name, Warning, "elsewhere", "Location", f.Location, "Address", f.Base.String())
	}
	return Found(name, OK, "good")
}

// Document is what came where a document was asked for.
type Document struct {
	// Name is "address", "webfinger", "actor" or "nodeinfo".
	Name string
	URL  string
	// Status and Type are those of the answer, Err is set when there was none.
	Status int
	Type   string
	Err    error
	// Broken is why it cannot be read; Said is what it names, Want what it must
	// name.
	Broken     error
	Said, Want string
}

// Check judges it.
func (f Document) Check() Check {
	status := strconv.Itoa(f.Status)
	switch {
	case f.Err != nil:
		return Found(f.Name, Failed, "unreachable", "URL", f.URL, "Error", cause(f.Err))
	case f.Status == http.StatusMisdirectedRequest:
		return Found(f.Name, Failed, "misdirected", "URL", f.URL, "Status", status)
	case f.Status/100 == 3:
		return Found(f.Name, Failed, "redirected", "URL", f.URL, "Status", status)
	case f.Status != http.StatusOK:
		return Found(f.Name, Failed, "missing", "URL", f.URL, "Status", status)
	case f.Broken != nil && strings.Contains(f.Type, "html"):
		return Found(f.Name, Failed, "page", "URL", f.URL)
	case f.Broken != nil:
		return Found(f.Name, Failed, "broken", "URL", f.URL, "Error", f.Broken.Error())
	case f.Said != f.Want:
		return Found(f.Name, Failed, "other", "URL", f.URL, "Said", f.Said, "Want", f.Want)
	}
	return Found(f.Name, OK, "good", "URL", f.URL)
}

// Keys are those that the world finds and those that we sign with, as their
// texts by id.
type Keys struct{ Public, Own map[string]string }

// Check judges it.
func (f Keys) Check() Check {
	const name = "keys"
	for id, own := range f.Own {
		switch public, ok := f.Public[id]; {
		case !ok:
			return Found(name, Failed, "missing", "Key", id)
		case public != own:
			return Found(name, Failed, "differ", "Key", id)
		}
	}
	if len(f.Own) == 0 {
		return Found(name, Failed, "none")
	}
	return Found(name, OK, "good")
}

// Signature is what the public address said to a request that we signed.
type Signature struct {
	// Name is "signature_cavage", "signature_rfc9421" or "signature_ed25519".
	// (draft-cavage-http-signatures-12; RFC 9421)
	Name   string
	Status int
	// Answer is the beginning of what was said.
	Answer string
	Err    error
}

// Check judges it.
func (f Signature) Check() Check {
	status := strconv.Itoa(f.Status)
	switch {
	case f.Err != nil:
		return Found(f.Name, Failed, "unreachable", "Error", cause(f.Err))
	case f.Status == http.StatusOK:
		return Found(f.Name, OK, "good")
	case f.Status == http.StatusUnauthorized:
		return Found(f.Name, Failed, "refused", "Status", status, "Answer", f.Answer)
	}
	return Found(f.Name, Failed, "unanswered", "Status", status, "Answer", f.Answer)
}

// What a clock may differ from those of others: some programs take no
// signature that is some minutes off.
const (
	clockOff   = time.Minute
	clockWrong = 5 * time.Minute
)

// Clocks are by how much those of other machines are ahead of ours, each as its
// answers' Date says.
type Clocks struct{ Ahead []time.Duration }

// Check judges the one in the middle: a few may be wrong themselves.
func (f Clocks) Check() Check {
	const name = "clock"
	if len(f.Ahead) == 0 {
		return Found(name, OK, "unknown")
	}
	sorted := slices.Clone(f.Ahead)
	slices.Sort(sorted)
	ahead := sorted[len(sorted)/2]
	verdict := "behind"
	if ahead < 0 {
		verdict, ahead = "ahead", -ahead
	}
	// A Date is in whole seconds, and an answer takes a moment.
	seconds, compared := strconv.Itoa(int(ahead.Round(time.Second)/time.Second)), strconv.Itoa(len(sorted))
	switch {
	case ahead >= clockWrong:
		return Found(name, Failed, verdict, "Seconds", seconds, "Compared", compared)
	case ahead >= clockOff:
		return Found(name, Warning, verdict, "Seconds", seconds, "Compared", compared)
	}
	return Found(name, OK, "good", "Compared", compared)
}

// Consultation is what came of asking another node to look at ours.
type Consultation struct {
	URL                string
	Status             int
	RetryAfter, Answer string
	Err                error
}

// Check judges it.
func (f Consultation) Check() Check {
	const name = "through"
	switch {
	case f.Err != nil:
		return Found(name, Failed, "unreachable", "URL", f.URL, "Error", cause(f.Err))
	case f.Status == http.StatusOK:
		return Found(name, OK, "good", "URL", f.URL)
	case f.Status == http.StatusUnauthorized:
		return Found(name, Failed, "refused", "URL", f.URL, "Answer", f.Answer)
	case f.Status == http.StatusForbidden:
		return Found(name, Warning, "not_offered", "URL", f.URL)
	case f.Status == http.StatusTooManyRequests:
		return Found(name, Warning, "too_often", "URL", f.URL, "Seconds", f.RetryAfter)
	case f.Status == http.StatusNotFound, f.Status == http.StatusMethodNotAllowed:
		return Found(name, Warning, "absent", "URL", f.URL)
	}
	return Found(name, Warning, "unanswered", "URL", f.URL, "Status", strconv.Itoa(f.Status))
}
