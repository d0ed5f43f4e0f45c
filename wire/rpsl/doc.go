// Package rpsl reads routing registry dumps in RPSL (RFC 2622, RFC 2725, RFC 4012), streaming, however large they are.
//
// [Read], or a [Reader] with settings, gives one reused [Object] after the other. Its typed views copy what they keep:
// [Object.AutNum], [Object.ASSet], [Object.Route] (route and route6), [Object.RouteSet], [Object.Contact] (role and
// person) and [Object.Organisation]. [Authenticated] holds the table of registries that vouch for the address holder's
// consent.
//
// Bounds: a line 1 MiB, an object 4 MiB; memory does not grow with the dump. A malformed object is reported and passed
// over. Persons' names, mail addresses and telephone numbers never leave the views: a contact is its role, its age and
// keyed hashes.
//
// The package does not evaluate policies, resolve sets or judge routes, and does not speak NRTM.
package rpsl
