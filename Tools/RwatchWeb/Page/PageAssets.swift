/// The files of the page, which are part of the program: nothing of it comes from elsewhere.
enum PageAssets {
    struct Asset: Sendable {
        let type: String
        let bytes: [UInt8]

        fileprivate init(_ type: String, _ text: String) {
            self.type = type
            bytes = Array(text.utf8)
        }
    }

    /// By path.
    static let all: [String: Asset] = {
        var all = [
            "/": Asset("text/html; charset=utf-8", PageText.html),
            "/style.css": Asset("text/css; charset=utf-8", PageStyle.base + PageStyle.parts),
            "/icon.svg": Asset("image/svg+xml", PageText.icon),
        ]
        let scripts = [
            "actions": PageScript.actions, "chart": PageScript.chart, "dom": PageScript.dom,
            "events": PageScript.events, "format": PageScript.format, "keyboard": PageScript.keyboard,
            "main": PageScript.main, "servers": PageScript.servers, "tables": PageScript.tables,
            "theme": PageScript.theme,
        ]
        for (name, text) in scripts { all["/js/\(name).js"] = Asset("text/javascript; charset=utf-8", text) }
        return all
    }()
}

/// The scripts, one module each.
enum PageScript {}
