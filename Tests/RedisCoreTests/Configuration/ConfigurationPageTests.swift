import Foundation
import RedisCore
import TestSupport
import Testing

@Suite("The article on configuration by text", .tags(.unit))
struct ConfigurationPageTests {
    /// Found from this file.
    private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Sources/RedisCore/Documentation.docc/ConfigurationByText.md")

    /// `Tools/configuration/page` lets it write the page.
    @Test("has the table of keys as the code has it")
    func table() throws {
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        let start = try #require(text.range(of: "<!-- keys: Tools/configuration/page writes them -->\n"))
        let end = try #require(text.range(of: "<!-- end of keys -->\n"))
        let wanted = text[..<start.upperBound] + Self.tables + text[end.lowerBound...]
        if ProcessInfo.processInfo.environment["REDIS_EVENTS_WRITE_PAGE"] == "1" {
            try String(wanted).write(to: Self.page, atomically: true, encoding: .utf8)
        } else {
            #expect(text == wanted, "Tools/configuration/page writes it anew")
        }
    }

    private static var tables: String {
        ConfigurationKey.groups.map { group in
            let rows = group.keys.map(row).joined()
            return """

                ### \(group.title)

                | key | in the environment | type | default | what it is |
                | --- | --- | --- | --- | --- |
                \(rows)
                """
        }.joined() + "\n"
    }

    private static func row(_ key: ConfigurationKey) -> String {
        let isText = key.defaultText == "none" || key.defaultText.contains { " `".contains($0) }
        let standard = isText ? key.defaultText : "`\(key.defaultText)`"
        var notes = key.documentation
        if !key.otherNames.isEmpty {
            notes += " Also " + key.otherNames.map { "`\($0)`" }.joined(separator: ", ") + "."
        }
        if let option = key.urlOption { notes += " In a URL `\(option)`." }
        if key.isSecret { notes += " **Secret.**" }
        return "| `\(key.name)` | `REDIS_\(key.environmentNames[0])` | \(key.type) | \(standard) | \(notes) |\n"
    }
}
