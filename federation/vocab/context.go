package vocab

// The @context of what we send. Most programs read plain JSON names and look
// only for the ActivityStreams string, which comes first; those that expand
// JSON-LD need no other document than the two that all of them carry, because
// every other term is defined in place.
const (
	contextPlain = `"https://www.w3.org/ns/activitystreams"`

	contextNews = `["https://www.w3.org/ns/activitystreams",{` + termsCommon + `}]`

	contextSigned = `["https://www.w3.org/ns/activitystreams",{` + termsCommon + `,"contributor":"schema:contributor"}]`

	// The names of Mobilizon and of FEP-8a8e are the same; where their meanings
	// differ only in the IRI, FEP-8a8e's is taken.
	contextEvent = `["https://www.w3.org/ns/activitystreams",{` + termsCommon + `,` + termsEvent + `}]`

	contextProgramme = `["https://www.w3.org/ns/activitystreams",{` + termsCommon + `,` + termsEvent + `,` +
		`"propertyID":"schema:propertyID",` +
		`"subEvent":"schema:subEvent",` +
		`"superEvent":{"@id":"schema:superEvent","@type":"@id"},` +
		`"EventSeries":"schema:EventSeries",` +
		`"eventSchedule":"schema:eventSchedule",` +
		`"Schedule":"schema:Schedule",` +
		`"repeatFrequency":"schema:repeatFrequency",` +
		`"keywords":"schema:keywords",` +
		`"performer":"schema:performer",` +
		`"affiliation":"schema:affiliation",` +
		`"organizer":{"@id":"schema:organizer","@type":"@id"}}]`

	termsEvent = `"8a8e":"https://w3id.org/fep/8a8e/",` +
		`"mz":"https://joinmobilizon.org/ns#",` +
		`"pt":"https://joinpeertube.org/ns#",` +
		`"ical":"http://www.w3.org/2002/12/cal/ical#",` +
		`"xsd":"http://www.w3.org/2001/XMLSchema#",` +
		`"category":{"@id":"8a8e:category","@container":"@list"},` +
		`"displayEndTime":{"@id":"8a8e:displayEndTime","@type":"xsd:boolean"},` +
		`"eventStatus":{"@id":"8a8e:eventStatus","@type":"@vocab"},` +
		`"EventScheduled":"8a8e:EventScheduled",` +
		`"EventTentative":"8a8e:EventTentative",` +
		`"EventCancelled":"8a8e:EventCancelled",` +
		`"EventPostponed":"8a8e:EventPostponed",` +
		`"EventRescheduled":"8a8e:EventRescheduled",` +
		`"EventMovedOnline":"8a8e:EventMovedOnline",` +
		`"previousStartTime":{"@id":"8a8e:previousStartTime","@type":"xsd:dateTime"},` +
		`"organizers":{"@id":"8a8e:organizers","@type":"@id"},` +
		`"timezone":"8a8e:timezone",` +
		`"joinMode":"8a8e:joinMode",` +
		`"externalParticipationUrl":{"@id":"8a8e:externalParticipationUrl","@type":"@id"},` +
		`"isOnline":"mz:isOnline",` +
		`"anonymousParticipationEnabled":"mz:anonymousParticipationEnabled",` +
		`"repliesModerationOption":"mz:repliesModerationOption",` +
		`"commentsEnabled":"pt:commentsEnabled",` +
		`"maximumAttendeeCapacity":"schema:maximumAttendeeCapacity",` +
		`"remainingAttendeeCapacity":"schema:remainingAttendeeCapacity",` +
		`"participantCount":"mz:participantCount",` +
		`"attendees":{"@id":"8a8e:attendees","@type":"@id"},` +
		`"funder":"schema:funder",` +
		`"address":"schema:address",` +
		`"PostalAddress":"schema:PostalAddress",` +
		`"streetAddress":"schema:streetAddress",` +
		`"postalCode":"schema:postalCode",` +
		`"addressLocality":"schema:addressLocality",` +
		`"addressRegion":"schema:addressRegion",` +
		`"addressCountry":"schema:addressCountry"`

	contextCall = `["https://www.w3.org/ns/activitystreams",{` + termsCommon + `,` +
		`"vf":"https://w3id.org/valueflows/ont/vf#",` +
		`"om2":"http://www.ontology-of-units-of-measure.org/resource/om-2/",` +
		`"8a8e":"https://w3id.org/fep/8a8e/",` +
		`"Intent":"vf:Intent",` +
		`"purpose":"vf:purpose",` +
		`"publishes":"vf:publishes",` +
		`"action":"vf:action",` +
		`"finished":"vf:finished",` +
		`"resourceQuantity":"vf:resourceQuantity",` +
		`"availableQuantity":"vf:availableQuantity",` +
		`"provider":"vf:provider",` +
		`"receiver":"vf:receiver",` +
		`"hasUnit":"om2:hasUnit",` +
		`"hasNumericalValue":"om2:hasNumericalValue",` +
		`"timezone":"8a8e:timezone",` +
		`"creativeWorkStatus":"schema:creativeWorkStatus",` +
		`"funding":"schema:funding",` +
		`"MonetaryGrant":"schema:MonetaryGrant",` +
		`"MonetaryAmount":"schema:MonetaryAmount",` +
		`"amount":"schema:amount",` +
		`"minValue":"schema:minValue",` +
		`"maxValue":"schema:maxValue",` +
		`"keywords":"schema:keywords",` +
		`"isPartOf":"schema:isPartOf",` +
		`"CreativeWork":"schema:CreativeWork",` +
		`"identifier":"schema:identifier",` +
		`"currency":"schema:currency",` +
		`"propertyID":"schema:propertyID",` +
		`"valueMap":{"@id":"schema:value","@container":"@language"}}]`

	contextActor = `["https://www.w3.org/ns/activitystreams","https://w3id.org/security/v1",{` + termsCommon + `,` +
		`"toot":"http://joinmastodon.org/ns#",` +
		`"8a8e":"https://w3id.org/fep/8a8e/",` +
		`"manuallyApprovesFollowers":"as:manuallyApprovesFollowers",` +
		`"discoverable":"toot:discoverable",` +
		`"indexable":"toot:indexable",` +
		`"featured":{"@id":"toot:featured","@type":"@id"},` +
		`"attributionDomains":{"@id":"toot:attributionDomains","@type":"@id"},` +
		`"alsoKnownAs":{"@id":"as:alsoKnownAs","@type":"@id"},` +
		`"movedTo":{"@id":"as:movedTo","@type":"@id"},` +
		`"memberOf":{"@id":"schema:memberOf","@type":"@id"},` +
		`"mz":"https://joinmobilizon.org/ns#",` +
		`"members":{"@id":"mz:members","@type":"@id"},` +
		`"subOrganization":{"@id":"schema:subOrganization","@type":"@id"},` +
		`"hasCertification":"schema:hasCertification",` +
		`"Certification":"schema:Certification",` +
		`"certificationRating":"schema:certificationRating",` +
		`"Rating":"schema:Rating",` +
		`"ratingValue":"schema:ratingValue",` +
		`"issuedBy":"schema:issuedBy",` +
		`"validFrom":"schema:validFrom",` +
		`"expires":"schema:expires",` +
		`"contactPoint":"schema:contactPoint",` +
		`"ContactPoint":"schema:ContactPoint",` +
		`"contactType":"schema:contactType",` +
		`"contactTypeMap":{"@id":"schema:contactType","@container":"@language"},` +
		`"upcomingEvents":{"@id":"8a8e:upcomingEvents","@type":"@id"},` +
		`"gts":"https://gotosocial.org/ns#",` +
		`"featuredCollections":{"@id":"https://w3id.org/fep/7aa9#featuredCollections","@type":"@id"},` +
		`"interactionPolicy":{"@id":"gts:interactionPolicy","@type":"@id"},` +
		`"canFeature":{"@id":"https://w3id.org/fep/7aa9#canFeature","@type":"@id"},` +
		`"automaticApproval":{"@id":"gts:automaticApproval","@type":"@id"},` +
		`"webfinger":"https://purl.archive.org/socialweb/webfinger#webfinger",` +
		`"implements":{"@id":"https://w3id.org/fep/844e/implements","@type":"@id","@container":"@list"},` +
		`"assertionMethod":{"@id":"https://w3id.org/security#assertionMethod","@type":"@id","@container":"@set"},` +
		`"Multikey":"https://w3id.org/security#Multikey",` +
		`"controller":{"@id":"https://w3id.org/security#controller","@type":"@id"},` +
		`"publicKeyMultibase":"https://w3id.org/security#publicKeyMultibase"}]`

	contextMembers = `["https://www.w3.org/ns/activitystreams",{` + termsCommon + `,` +
		`"additionalType":{"@id":"schema:additionalType","@type":"@id"},` +
		`"address":{"@id":"schema:address"},` +
		`"PostalAddress":"schema:PostalAddress",` +
		`"addressCountry":"schema:addressCountry",` +
		`"keywords":"schema:keywords",` +
		`"propertyID":"schema:propertyID",` +
		`"sameAs":{"@id":"schema:sameAs","@type":"@id"},` +
		`"memberOf":{"@id":"schema:memberOf","@type":"@id"},` +
		`"OrganizationRole":"schema:OrganizationRole",` +
		`"parentOrganization":{"@id":"schema:parentOrganization","@type":"@id"},` +
		`"member":"schema:member",` +
		`"roleName":"schema:roleName",` +
		`"startDate":"schema:startDate",` +
		`"endDate":"schema:endDate"}]`

	contextAgreement = `["https://www.w3.org/ns/activitystreams",{"schema":"https://schema.org/",` +
		`"vf":"https://w3id.org/valueflows/ont/vf#",` +
		`"om2":"http://www.ontology-of-units-of-measure.org/resource/om-2/",` +
		`"Agreement":"vf:Agreement",` +
		`"Commitment":"vf:Commitment",` +
		`"stipulates":"vf:stipulates",` +
		`"satisfies":"vf:satisfies",` +
		`"resourceQuantity":"vf:resourceQuantity",` +
		`"hasUnit":"om2:hasUnit",` +
		`"hasNumericalValue":"om2:hasNumericalValue",` +
		`"PropertyValue":"schema:PropertyValue",` +
		`"value":"schema:value",` +
		`"propertyID":"schema:propertyID"}]`

	contextOffer = `["https://www.w3.org/ns/activitystreams",{"schema":"https://schema.org/",` +
		`"PropertyValue":"schema:PropertyValue",` +
		`"value":"schema:value",` +
		`"propertyID":"schema:propertyID"}]`

	// (FEP-7aa9; Mastodon 4.6: ContextHelper)
	contextFeature = `["https://www.w3.org/ns/activitystreams",{` +
		`"7aa9":"https://w3id.org/fep/7aa9#",` +
		`"toot":"http://joinmastodon.org/ns#",` +
		`"gts":"https://gotosocial.org/ns#",` +
		`"sensitive":"as:sensitive",` +
		`"discoverable":"toot:discoverable",` +
		`"FeaturedCollection":"7aa9:FeaturedCollection",` +
		`"FeaturedItem":"7aa9:FeaturedItem",` +
		`"FeatureRequest":"7aa9:FeatureRequest",` +
		`"FeatureAuthorization":"7aa9:FeatureAuthorization",` +
		`"featuredObject":{"@id":"7aa9:featuredObject","@type":"@id"},` +
		`"featureAuthorization":{"@id":"7aa9:featureAuthorization","@type":"@id"},` +
		`"interactingObject":{"@id":"gts:interactingObject","@type":"@id"},` +
		`"interactionTarget":{"@id":"gts:interactionTarget","@type":"@id"}}]`

	termsCommon = `"schema":"https://schema.org/",` +
		`"Hashtag":"as:Hashtag",` +
		`"inLanguage":"schema:inLanguage",` +
		`"DefinedTerm":"schema:DefinedTerm",` +
		`"termCode":"schema:termCode",` +
		`"inDefinedTermSet":{"@id":"schema:inDefinedTermSet","@type":"@id"},` +
		`"PropertyValue":"schema:PropertyValue",` +
		`"value":"schema:value"`
)
