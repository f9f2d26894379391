package vocab

import (
	"slices"
	"strings"
)

// readObject reads an object of any type from its tree.
func readObject(n *node) Object {
	o := Object{
		ID:           n.id(),
		Type:         typeOf(n),
		AttributedTo: n.get("attributedTo").id(),
		Name:         n.textOf("name", maxName),
		Summary:      n.textOf("summary", maxSummary),
		Content:      n.textOf("content", maxContent),
		Language:     readLanguage(n),
		URL:          n.get("url").link(),
		Published:    n.get("published").time(),
		Updated:      n.get("updated").time(),
		InReplyTo:    n.get("inReplyTo").id(),
		Context:      n.get("context").id(),
		To:           n.get("to").ids(maxRecipients),
		CC:           n.get("cc").ids(maxRecipients),
		Tags:         readTags(n),
		Raw:          rawOf(n),
	}
	switch {
	case o.Type == "Tombstone":
		o.FormerType, o.Deleted = n.short("formerType"), n.get("deleted").time()
	case o.Type == "Event":
		o.Event = readEvent(n, o.AttributedTo)
	case isProposal(n):
		o.Proposal = readProposal(n)
		o.Tags = slices.DeleteFunc(o.Tags, isCallTag)
	case o.Type == "Article":
		o.Signers = readParties(n.get("contributor"))
	}
	o.Attachments = readAttachments(n, o.consumed)
	o.Source = readSource(n, o.Content)
	return o
}

// consumed reports whether an attachment says what another field of o says.
func (o *Object) consumed(n *node) bool {
	return o.Event != nil && (o.Event.Online != "" && isWebsite(n) && n.link() == o.Event.Online || isFact(n, factEdition)) ||
		o.Proposal != nil && (isCallFact(n) || isApply(n))
}

func readLanguage(n *node) string {
	tag, _ := language(n.get("inLanguage").str())
	return tag
}

// readSource reads the Markdown of an object that was written in it. It is in
// the default language.
func readSource(n *node, content Text) Text {
	src := n.get("source").first()
	text := bounded(src.get("content").str(), maxContent)
	if text == "" || !strings.HasPrefix(src.short("mediaType"), markdown) {
		return nil
	}
	t := Translation{Value: text}
	if len(content) > 0 {
		t.Lang = content[0].Lang
	}
	return Text{t}
}

func readTags(n *node) []Tag {
	var tags []Tag
	for _, v := range n.get("tag").list() {
		if v.kind != isObject || len(tags) == maxTags {
			continue
		}
		tag := Tag{
			Type: typeOf(&v),
			Name: bounded(v.textOf("name", maxName).value(), maxShort),
			Href: v.get("href").link(),
			Term: v.short("termCode"),
			Set:  v.short("inDefinedTermSet"),
		}
		if tag.Type != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

// readAttachments reads all attachments but those to skip; skip may be nil. A
// bare URL is a Link.
func readAttachments(n *node, skip func(*node) bool) []Attachment {
	var list []Attachment
	for _, v := range n.get("attachment").list() {
		if skip != nil && skip(&v) {
			continue
		}
		a := Attachment{
			Type:      typeOf(&v),
			Name:      v.textOf("name", maxName).value(),
			MediaType: v.short("mediaType"),
			URL:       v.link(),
			Value:     bounded(v.get("value").str(), maxSummary),
			Property:  propertyOf(&v),
		}
		if a.URL != "" && a.Type == "" {
			a.Type = "Link"
		}
		if a.Type != "" && (a.URL != "" || a.Value != "") && len(list) < maxAttachments {
			list = append(list, a)
		}
	}
	return list
}

// propertyOf is the IRI of what a PropertyValue says.
func propertyOf(n *node) string {
	if typeOf(n) != "PropertyValue" {
		return ""
	}
	return n.get("propertyID").id()
}
