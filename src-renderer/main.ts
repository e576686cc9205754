import { connectBridge } from './bridge/connect-bridge.ts'
import { mountApp } from './mount-app.ts'

mountApp(connectBridge(), '#app')
