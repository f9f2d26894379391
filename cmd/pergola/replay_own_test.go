package main

// ownReplays are the documents in testdata/replay.
var ownReplays = []replay{
	{"announce/forum.json", 202, passedOn},
	{"announce/of_a_deletion.json", 202, ignored}, // what a forum takes away is not looked at
	{"announce/of_a_video.json", 202, passedOn},
	{"announce/private.json", 202, ignored}, // to followers only
	{"article/blog.json", 202, item},
	{"article/duration.json", 202, item},
	{"article/preview.json", 202, item},
	{"article/question.json", 202, item},
	{"article/two_types.json", 202, item},
	{"article/video.json", 202, item},
	{"change/actor.json", 202, profile},
	{"change/actor_without_name.json", 202, profile},
	{"change/delete_of_another.json", 403, refused}, // a moderator of another host
	{"change/delete_tombstone.json", 202, tombstone},
	{"change/delete_without_id.json", 202, tombstone},
	{"change/move.json", 202, ignored},
	{"change/move_of_another.json", 403, refused}, // moves somebody else
	{"change/update.json", 202, item},
	{"event/groupware.json", 202, item},
	{"event/of_a_group.json", 202, ignored}, // to a group only
	{"event/places.json", 202, item},
	{"event/proposal.json", 202, item},
	{"event/start_of_no_sense.json", 202, item}, // as news
	{"follow/accept.json", 202, accepts},
	{"follow/accept_for_another.json", 403, refused}, // an event of another host
	{"follow/accept_of_nothing.json", 202, ignored},  // of a Follow never sent
	{"follow/follow.json", 202, follower},
	{"follow/reject.json", 202, rejects},
	{"follow/undo.json", 202, unfollows},
	{"follow/without_context.json", 202, follower},
	{"note/arrays.json", 202, item},
	{"note/direct.json", 202, ignored}, // to one person
	{"note/embedded_author.json", 202, item},
	{"note/language_map_alone.json", 202, item},
	{"note/many_recipients.json", 202, item},
	{"note/microblog.json", 202, item},
	{"note/picture_addresses.json", 202, item},
	{"note/proof.json", 202, item},
	{"note/quote.json", 202, item},
	{"note/reply.json", 202, reply},
	{"note/scalars.json", 202, item},
	{"note/unlisted.json", 202, ignored}, // Public in cc
	{"nothing/album.json", 202, ignored},
	{"nothing/collection.json", 202, ignored},
	{"nothing/nodeinfo.json", 400, refused}, // no activity at all
	{"nothing/place.json", 202, ignored},
	{"nothing/scrubbed_id.json", 400, refused}, // the id is none
	{"nothing/tombstone.json", 202, ignored},
	{"nothing/unknown_type.json", 202, ignored},
	{"reaction/dislike.json", 202, ignored},
	{"reaction/emoji.json", 202, ignored},
	{"reaction/invite.json", 202, ignored},
	{"reaction/leave.json", 202, ignored},
	{"reaction/like.json", 202, ignored}, // of an object of somebody else
}
