package vocab

func readActor(n *node) Actor {
	a := Actor{
		ID:                 n.id(),
		Type:               typeOf(n),
		PreferredUsername:  n.short("preferredUsername"),
		Name:               n.textOf("name", maxName),
		Summary:            n.textOf("summary", maxSummary),
		URL:                n.get("url").link(),
		Inbox:              n.get("inbox").id(),
		Outbox:             n.get("outbox").id(),
		Followers:          n.get("followers").id(),
		Following:          n.get("following").id(),
		Featured:           n.get("featured").id(),
		UpcomingEvents:     n.get("upcomingEvents").id(),
		Collections:        n.get("featuredCollections").id(),
		Members:            n.get("members").id(),
		Bodies:             n.get("subOrganization").id(),
		Certifications:     readCertifications(n),
		Contacts:           readContactPoints(n),
		CanFeature:         n.get("interactionPolicy").first().get("canFeature").first().get("automaticApproval").id(),
		SharedInbox:        n.get("endpoints").first().get("sharedInbox").id(),
		Icon:               picture(n.get("icon")),
		Image:              picture(n.get("image")),
		Fields:             readAttachments(n, nil),
		ManuallyApproves:   n.get("manuallyApprovesFollowers").truth(),
		Discoverable:       n.get("discoverable").truth(),
		Indexable:          n.get("indexable").truth(),
		Webfinger:          n.short("webfinger"),
		AttributionDomains: n.get("attributionDomains").strings(maxIDs),
		AlsoKnownAs:        n.get("alsoKnownAs").ids(maxIDs),
		MovedTo:            n.get("movedTo").id(),
		MemberOf:           n.get("memberOf").ids(maxIDs),
		Published:          n.get("published").time(),
		Updated:            n.get("updated").time(),
		Raw:                rawOf(n),
	}
	for _, v := range n.get("generator").first().get("implements").list() {
		if href := v.link(); href != "" && len(a.Implements) < maxIDs {
			a.Implements = append(a.Implements, href)
		}
	}
	a.Keys = readKeys(n, a.ID)
	return a
}

// picture returns an Image, a Link, a plain URL, or the first of several.
func picture(n *node) Picture {
	for _, v := range n.list() {
		p := Picture{URL: v.link()}
		if v.kind == isObject {
			if p.URL == "" {
				p.URL = v.get("url").first().link()
			}
			p.MediaType, p.Name = v.short("mediaType"), v.short("name")
			p.Width, p.Height = v.pixels("width"), v.pixels("height")
		}
		if p.URL != "" {
			return p
		}
	}
	return Picture{}
}

// pixels is a number of pixels, 0 when it is none that a picture can have.
func (n *node) pixels(key string) int {
	f, ok := n.get(key).number()
	if !ok || f < 1 || f > 1<<20 {
		return 0
	}
	return int(f)
}

// readKeys reads publicKey and assertionMethod. A key that names no owner is
// its document's; its id need not be a URL (Bridgy Fed).
func readKeys(n *node, actor string) []Key {
	var keys []Key
	add := func(v *node, owner string, k Key) {
		k.ID, k.Owner = v.get("id").id(), v.get(owner).id()
		if k.ID == "" {
			k.ID = v.short("id")
		}
		if !v.get(owner).is(isString) && k.Owner == "" {
			k.Owner = actor
		}
		if len(keys) < maxKeys && (k.PEM != "" || k.Multibase != "") {
			keys = append(keys, k)
		}
	}
	for _, v := range n.get("publicKey").list() {
		add(&v, "owner", Key{PEM: bounded(v.get("publicKeyPem").str(), maxSummary)})
	}
	for _, v := range n.get("assertionMethod").list() {
		if typeOf(&v) == "Multikey" {
			add(&v, "controller", Key{Multibase: v.short("publicKeyMultibase")})
		}
	}
	return keys
}

// strings returns the short strings of a list, at most max.
func (n *node) strings(max int) []string {
	var list []string
	for _, v := range n.list() {
		if v.kind == isString && v.text != "" && len(list) < max {
			list = append(list, bounded(v.text, maxShort))
		}
	}
	return list
}
