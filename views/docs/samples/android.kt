val chat = findViewById<WebView>(R.id.chat)
chat.settings.javaScriptEnabled = true
chat.settings.domStorageEnabled = true // Keeps the conversation.
chat.webViewClient = object : WebViewClient() {
    override fun onPageFinished(view: WebView, url: String) {
        // From your own server. Leave it out when nobody is logged in.
        view.evaluateJavascript(
            "Deskbell('set', { identity_token: '$identityToken' })", null)
    }

    // Links in messages open in the browser.
    override fun shouldOverrideUrlLoading(
        view: WebView, request: WebResourceRequest
    ): Boolean {
        if (request.url.host == Uri.parse(view.url).host) return false
        startActivity(Intent(Intent.ACTION_VIEW, request.url))
        return true
    }
}
chat.loadUrl("https://chat.example.com/chat/YOUR_TOKEN_ID")