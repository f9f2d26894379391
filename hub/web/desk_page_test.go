package web

// deskViews are the pages of those who sign in with their structs.
func deskViews() map[string]any {
	return map[string]any{
		"signin": signInPage{}, "account": accountPage{}, "desk": deskPage{}, "desk_edit": editPage{}, "desk_move": movePage{},
		"confirm": confirmPage{}, "office_follow": followPage{}, "office_delivery": deliveryPage{}, "office_lane": lanePage{},
		"office_status": statusPage{}, "office_digests": officeDigestsPage{}, "office_digest": digestFormPage{},
		"office_preview": digestPreviewPage{}, "office_profile": profilePage{}, "office_accounts": accountsPage{},
		"office_password": passwordPage{},
	}
}
