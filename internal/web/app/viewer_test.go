package app_test

import (
	"pahra/internal/account"
	"pahra/internal/service"
	"pahra/internal/web/app"
)

type viewer = account.Viewer

func public() viewer { return viewer{} }

// configOf is a service in which people can log in.
func configOf(s *service.Shown) app.Config { return app.Config{Reader: s, Login: true} }
