import UIKit
import WebKit

final class ChatViewController: UIViewController, WKNavigationDelegate, WKUIDelegate {
    private let chat = WKWebView()
    /// Comes from your own server; nil when nobody is logged in.
    var identityToken: String?

    override func loadView() { view = chat }

    override func viewDidLoad() {
        super.viewDidLoad()
        chat.navigationDelegate = self
        chat.uiDelegate = self
        chat.load(URLRequest(url: URL(string: "https://chat.example.com/chat/YOUR_TOKEN_ID")!))
    }

    func webView(_ webView: WKWebView, didFinish navigation: WKNavigation!) {
        guard let identityToken else { return }
        webView.evaluateJavaScript(
            "Deskbell('set', { identity_token: '\(identityToken)' })")
    }
    // Links in messages open in the browser.
    func webView(
        _ webView: WKWebView, createWebViewWith configuration: WKWebViewConfiguration,
        for action: WKNavigationAction, windowFeatures: WKWindowFeatures
    ) -> WKWebView? {
        if let url = action.request.url { UIApplication.shared.open(url) }
        return nil
    }
}