// What every page of the console loads, in the order in which it listens.
import './app/page.js'
import './app/files.js'
import './app/compose.js'
import './app/keys.js'
import './app/alerts.js'
