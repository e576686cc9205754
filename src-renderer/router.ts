import { createRouter, createWebHashHistory, type Router, type RouteRecordRaw, type RouterHistory } from 'vue-router'
import { useDeploymentStore } from './stores/deployment.ts'
import { aloneName, VIEWS } from './views.ts'

/** `#/connect`, `#/drills`, `#/journal` and `#/d/SESSION/VIEW?group=NAME`: every view can be linked to. */
export function createAppRouter(history: RouterHistory = createWebHashHistory()): Router {
  const views: RouteRecordRaw[] = VIEWS.map((view) => ({
    path: `/d/:session/${view.id}`,
    name: view.id,
    component: view.load,
    meta: { title: view.label },
  }))
  const alone: RouteRecordRaw[] = VIEWS.filter((view) => view.standsAlone).map((view) => ({
    path: `/${view.id}`,
    name: aloneName(view.id),
    component: view.load,
    meta: { title: view.label },
  }))
  const router = createRouter({
    history,
    routes: [
      { path: '/', name: 'start', component: { render: () => null } },
      {
        path: '/connect',
        name: 'connect',
        component: () => import('./features/connections/ConnectView.vue'),
        meta: { title: 'Connect' },
      },
      {
        path: '/drills',
        name: 'drills',
        component: () => import('./features/drills/DrillsView.vue'),
        meta: { title: 'Drills' },
      },
      {
        path: '/drills/:run',
        name: 'drill',
        component: () => import('./features/drills/DrillRunView.vue'),
        meta: { title: 'Drill' },
      },
      ...alone,
      ...views,
      { path: '/d/:session', redirect: (to) => ({ name: 'topology', params: to.params, query: to.query }) },
      { path: '/:rest(.*)*', redirect: '/' },
    ],
  })
  router.afterEach((to) => {
    const deployment = useDeploymentStore()
    const session = typeof to.params.session === 'string' ? to.params.session : null
    if (session === null) return
    void deployment.open(session)
    deployment.selectGroup(typeof to.query.group === 'string' ? to.query.group : null)
  })
  return router
}
