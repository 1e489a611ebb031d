import Foundation
import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("The report of stat", .tags(.unit))
struct StatReportTests {
    private static let lines = [
        #"100.000000 [0 10.0.0.1:1] "SET" "user:1" "value""#, #"100.500000 [0 10.0.0.1:1] "GET" "user:1""#,
        #"101.000000 [3 lua] "GET" "plain""#, #"102.000000 message "c" "hello""#, "OK", "nonsense",
        #"{"v":1,"kind":"gap","ts":103,"from":102,"to":103,"duration_ms":1000,"complete":true,"reason":"cut"}"#,
        #"{"v":1,"kind":"drop","ts":104,"from":103,"count":12,"bytes":300}"#,
    ]

    private func example() -> StatReport { report(tallied(Self.lines.map { Array($0.utf8) })) }

    @Test("is lines for people")
    func text() {
        #expect(
            example().lines == [
                "counted     rec.txt", "events      4 in 2 s (2.0 a second, 2 in the busiest)",
                "kinds       3 command and 1 message; 1 of scripts",
                "rates       2.0 in 1s, 2.0 in 10s, 2.0 in 1m, 2.0 in 15m",
                "bytes       27; p50 5 bytes, p90 11 bytes, p99 11 bytes, max 11 bytes",
                "pauses      p50 0.5 s, p90 1 s, p99 1 s, max 1 s between events", "databases   0: 2, 3: 1",
                "gaps        1: events may be missing", "  102.000000 to 103.000000, cut",
                "dropped     12 when it was recorded", "unreadable  1 line", "  1 of no known form", "",
                "commands    2 different", "           2  66.7 %      1.0/s    11 bytes  get",
                "           1  33.3 %      0.5/s    11 bytes  set", "",
                "keys        2 different, 1 time without a prefix",
                "           2  66.7 %      1.0/s    17 bytes  user:1",
                "           1  33.3 %      0.5/s     5 bytes  plain",
                "", "prefixes    1 different", "           2 100.0 %      1.0/s    17 bytes  user:*", "",
                "clients     1 different", "           2 100.0 %      1.0/s    17 bytes  10.0.0.1:1", "",
                "channels    1 different", "           1 100.0 %      0.5/s     5 bytes  c", "", "largest",
                "    11 bytes  100.000000 set user:1 from 10.0.0.1:1",
                "     6 bytes  100.500000 get user:1 from 10.0.0.1:1",
                "     5 bytes  101.000000 get plain", "     5 bytes  102.000000 c", "",
                "slowest, by the time until the next event", "         1 s  101.000000 get plain",
                "       0.5 s  100.000000 set user:1 from 10.0.0.1:1",
                "       0.5 s  100.500000 get user:1 from 10.0.0.1:1",
            ]
        )
    }

    @Test("tells where counts are not exact")
    func inexact() {
        var settings = Counters.Settings()
        settings.rows = 16
        let lines = (0..<200).map { Array("1.000000 [0 a:1] \"GET\" \"k:\($0 % 2 == 0 ? 0 : $0)\"".utf8) }
        let text = report(tallied(lines, RecordingSelection(), settings), rows: 1).lines.joined(separator: "\n")
        #expect(text.contains("keys        about "))
        #expect(text.contains("         100  50.0 %          -"))
        #expect(text.contains("  any other occurred at most "))
    }

    @Test("is JSON as docs/rwatch-stat.schema.json describes it")
    func json() throws {
        let schema = try JSONSchema.ofDocument("rwatch-stat.schema.json")
        let text = String(decoding: example().json, as: UTF8.self)
        #expect(text.hasSuffix("}\n") && text.filter { $0 == "\n" }.count == 1)
        #expect(try schema.complaint(about: text) == nil)
        let object = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["events"] as? Int == 4 && object["seconds"] as? Double == 2)
        let keys = try #require(object["keys"] as? [String: Any])
        #expect(keys["count"] as? Int == 3 && keys["distinct"] as? Int == 2 && keys["exact"] as? Bool == true)
        #expect(((keys["rows"] as? [[String: Any]])?[0])?["name"] as? String == "user:1")
        #expect((object["incidents"] as? [String: Any])?["dropped"] as? Int == 12)
        #expect(((object["input"] as? [String: Any])?["unreadable"] as? [String: Int]) == ["unknown_form": 1])
        // Nothing at all, and bytes that are no text.
        #expect(try schema.complaint(about: String(decoding: report(tallied([])).json, as: UTF8.self)) == nil)
        let binary = report(tallied(#"1.000000 [0 a:1] "SET" "\xff" "v""#, #"2.000000 message "\xfe" "x""#)).json
        #expect(try schema.complaint(about: String(decoding: binary, as: UTF8.self)) == nil)
        #expect(String(decoding: binary, as: UTF8.self).contains(#""name_base64":"/w==""#))
    }

    @Test("says nothing else than the schema knows")
    func refusals() throws {
        let schema = try JSONSchema.ofDocument("rwatch-stat.schema.json")
        let text = String(decoding: example().json, as: UTF8.self)
        for (good, bad) in [
            (#""v":1"#, #""v":2"#), (#""events":4"#, #""events":-4"#), (#""exact":true"#, #""exact":1"#),
            (#""kind":"gap""#, #""kind":"gape""#), (#""live":false,"#, ""), (#""backward_steps":0"#, #""other":0"#),
        ] {
            #expect(text.contains(good))
            #expect(try schema.complaint(about: text.replacing(good, with: bad, maxReplacements: 1)) != nil, "\(bad)")
        }
    }

    @Test("is a page without anything from outside, whose text cannot become a tag")
    func page() {
        let hostile = [
            "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "&amp;'", "\u{202e}abc", "\u{1b}[31m",
            "</style><svg onload=1>",
        ]
        let lines = hostile.flatMap { text in
            let name = withBytes(Array(text.utf8)) { bytes in formatted { $0.append(quoted: bytes) } }
            return [
                Array("1.000000 [0 a:1] \"GET\" ".utf8) + name,
                Array("2.000000 [0 ".utf8) + Array(text.utf8) + Array("] ".utf8) + name,
                Array("3.000000 message ".utf8) + name + [0x20] + name,
            ]
        }
        var example = report(
            tallied(lines + Self.lines.map { Array($0.utf8) } + [Array(#"9.000000 [0 a:1] "GET" "\xff\x00""#.utf8)])
        )
        example.source = "<b>&\u{202e}"
        let page = String(decoding: StatPage.bytes(of: example), as: UTF8.self)
        #expect(page.hasPrefix("<!doctype html>\n") && page.hasSuffix("</html>\n"))
        for tag in ["<script", "<img", "<svg onload", "<b>", "\u{202e}", "\u{1b}", "javascript:", "@import", "url("] {
            #expect(!page.contains(tag), "\(tag)")
        }
        #expect(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && page.contains("&quot;&gt;&lt;img"))
        // Only the words that a page needs, so that nothing is loaded.
        let tags = page.split(separator: "<").compactMap { part in part.firstIndex(of: ">").map { part[..<$0] } }
        for word in [" src=", " href=", " on", "http:", "https:"] {
            #expect(!tags.contains { $0.contains(word) }, "\(word)")
        }
        #expect(page.contains("default-src 'none'") && page.contains("prefers-color-scheme: dark"))
        // Each tag that is opened is closed, in its order.
        #expect(Self.unbalanced(page) == [])
        // Attributes stand in double quotes, and hold none.
        #expect(tags.allSatisfy { tag in tag.count { $0 == "\"" } % 2 == 0 })
    }

    /// Tags that are not closed in the right order.
    private static func unbalanced(_ page: String) -> [String] {
        let void: Set<String> = ["meta", "!doctype"]
        var (open, wrong): ([String], [String]) = ([], [])
        for part in page.split(separator: "<", omittingEmptySubsequences: true) {
            guard let end = part.firstIndex(of: ">") else { continue }
            let tag = part[..<end]
            let name = tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber || $0 == "!" }.lowercased()
            if tag.hasPrefix("/") {
                if open.last == name { open.removeLast() } else { wrong.append("/\(name)") }
            } else if !tag.hasSuffix("/"), !void.contains(name) {
                open.append(name)
            }
        }
        return wrong + open
    }
}
