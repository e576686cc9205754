import { connectBridge } from './bridge/connect.ts'
import { mountApp } from './mount-app.ts'

mountApp(connectBridge(), '#app')
