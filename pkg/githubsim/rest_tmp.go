package githubsim

var appRoutes, peopleRoutes, repoRoutes, contentsRoutes, labelRoutes, issueRoutes, pullRoutes []route

func (q *call) graphql() (int, any, error) { return 0, nil, notFound() }
