package app_test

import "pahra/internal/account"

type viewer = account.Viewer

func public() viewer { return viewer{} }
