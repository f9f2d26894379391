package main

// recordedReplays are the documents in the folder of PERGOLA_PAYLOADS.
var recordedReplays = []replay{
	{"bookwyrm/actor_move_target.json", 202, profile},
	{"bridgyfed/actor.json", 202, profile},
	{"discourse/note.json", 202, item},
	{"fep/0837_example_1.json", 202, ignored}, // no words
	{"fep/0837_example_2.json", 202, item},
	{"fep/0837_example_3.json", 202, ignored}, // an actor without a key
	{"fep/0837_example_4.json", 202, ignored}, // answers a call that is not ours
	{"fep/0837_example_5.json", 202, ignored}, // answers an Offer that we never made
	{"fep/0837_example_6.json", 202, ignored}, // as well
	{"fep/0837_example_7.json", 202, ignored}, // to one person
	{"fep/8a8e_example_1.json", 202, item},
	{"fep/8a8e_example_10.json", 202, item},
	{"fep/8a8e_example_11.json", 202, item},
	{"fep/8a8e_example_12.json", 202, item},
	{"fep/8a8e_example_13.json", 202, item},
	{"fep/8a8e_example_2.json", 202, item},
	{"fep/8a8e_example_3.json", 202, item},
	{"fep/8a8e_example_4.json", 202, item},
	{"fep/8a8e_example_5.json", 202, item},
	{"fep/8a8e_example_6.json", 202, item},
	{"fep/8a8e_example_7.json", 202, item},
	{"fep/8a8e_example_8.json", 202, item},
	{"fep/8a8e_example_9.json", 202, item},
	{"fep/8b32_vector_1.json", 202, ignored}, // to nobody
	{"fep/8b32_vector_2.json", 202, ignored}, // to nobody
	{"fep/8b32_vector_3.json", 202, ignored}, // to nobody
	{"fep/8b32_vector_4.json", 202, profile},
	{"friendica/create_page.json", 202, item},
	{"friendica/dislike.json", 202, ignored},
	{"gancio/actor.json", 202, profile},
	{"gancio/event_v1_22.json", 202, item},
	{"gancio/location_physical_location_no_address.json", 202, ignored},
	{"gancio/location_physical_location_with_simple_string_address.json", 202, ignored},
	{"gancio/location_virtual_location.json", 202, ignored},
	{"gnusocial/create_note.json", 202, reply},
	{"gotosocial/accept_reply_request.json", 202, ignored}, // answers nothing of ours
	{"gotosocial/actor_honk.json", 202, profile},
	{"gotosocial/album_bandwagon.json", 202, ignored}, // of a type that few know
	{"gotosocial/create_note_full.json", 202, item},
	{"gotosocial/create_reply_tag_object.json", 202, reply},
	{"gotosocial/delete_note_direct.json", 202, tombstone}, // without an id
	{"gotosocial/move_valid.json", 202, ignored},
	{"httpsig/vectors.json", 400, refused}, // no activity at all
	{"hubzilla/create_image.json", 202, item},
	{"lemmy/accept.json", 202, accepts},
	{"lemmy/announce_create_page.json", 202, passedOn},
	{"lemmy/delete_page.json", 202, tombstone},
	{"lemmy/follow.json", 202, follower},
	{"lemmy/group_outbox.json", 202, ignored}, // no activity
	{"lemmy/remove_note.json", 403, refused},  // a moderator of another host
	{"lemmy/tombstone.json", 202, ignored},    // no activity
	{"lemmy/update_page.json", 202, item},
	{"malformed/actor_blank_name.json", 202, profile},
	{"malformed/attachment_empty_string.json", 202, item},
	{"malformed/attachment_url_array.json", 202, item},
	{"malformed/create_actor_array_of_objects.json", 202, item},
	{"malformed/create_hashtag_not_array.json", 202, item},
	{"malformed/event_faulty_start_time.json", 202, item}, // as news, because it has no start
	{"malformed/gancio_location_without_name.json", 202, ignored},
	{"malformed/move_actor_mismatch.json", 403, refused}, // moves somebody else
	{"malformed/move_target_equals_object.json", 202, ignored},
	{"malformed/unknown_type.json", 202, ignored},
	{"mastodon/accept_follow.json", 202, accepts},
	{"mastodon/actor_person.json", 202, profile},
	{"mastodon/announce_private.json", 202, ignored},    // to followers only
	{"mastodon/collection_featured.json", 202, ignored}, // no activity
	{"mastodon/create_note_attachment.json", 202, item},
	{"mastodon/create_note_hashtag.json", 202, item},
	{"mastodon/create_question.json", 202, item},
	{"mastodon/delete_note_tombstone.json", 202, tombstone},
	{"mastodon/follow.json", 202, follower},
	{"mastodon/move.json", 202, ignored},
	{"mastodon/reject_follow.json", 202, rejects},
	{"mastodon/undo_follow.json", 202, unfollows},
	{"mastodon/vote.json", 202, ignored},              // to one person
	{"mbin/announce_create_entry.json", 400, refused}, // the id was scrubbed
	{"mbin/reject_follow.json", 400, refused},         // the id was scrubbed
	{"misskey/create_note_activity.json", 202, item},
	{"misskey/quote_note.json", 202, item},
	{"mitra/create_post_with_proof.json", 202, item},
	{"mobilizon/create_event_group.json", 202, ignored}, // to a group only
	{"mobilizon/create_event_minimal.json", 202, item},
	{"mobilizon/event_2020.json", 202, item},
	{"mobilizon/invite_group.json", 202, ignored},
	{"mobilizon/leave.json", 202, ignored},
	{"mobilizon/nodeinfo_with_application_link.json", 400, refused}, // no activity at all
	{"mobilizon/nodeinfo_wp_application_actor.json", 400, refused},  // no activity at all
	{"mobilizon/person.json", 202, profile},
	{"nodebb/article.json", 202, item},
	{"owncast/note_attachment.json", 202, item},
	{"peertube/announce_video.json", 202, passedOn},
	{"pleroma/akkoma_create_reply_edited.json", 202, reply},
	{"pleroma/create_note.json", 202, reply},
	{"pleroma/emoji_reaction.json", 202, ignored},
	{"pleroma/note_mentions_only_in_tag.json", 202, ignored}, // unlisted
	{"pleroma/relay_accept_follow.json", 202, accepts},
	{"plume/article.json", 202, item}, // Public stands behind 170 followers
	{"pterotype/create_article.json", 202, item},
	{"relay/announce_lp.json", 202, passedOn},
	{"relay/create.json", 202, item},
	{"relay/followAsActor.json", 202, follower},
	{"relay/service.json", 202, profile},
	{"relay/unfollow_lp.json", 202, unfollows},
	{"wordpress/announce.json", 202, passedOn},
	{"wordpress/article.json", 202, item},
	{"wordpress/event_bridge_minimal_valid.json", 202, item},
	{"wordpress/group_blog_actor.json", 202, profile},
	{"wordpress/person.json", 202, profile},
}
