import RedisTesting
import Testing

/// A server that has a text which is not fit to be shown in every place where it can put one.
struct HostileWords: Sendable, CustomTestStringConvertible {
    /// Where the server sends the text.
    enum Place: String, Sendable, CaseIterable {
        case hello, info, error, permission, moved, push, config, node, confirmation, list
    }

    /// Moves the cursor, begins a line like one of ours, turns the order of the letters around.
    static let text = "a\u{1b}]0;x\u{7}\nrwatch: link back after 80 ms\r\n\u{9b}2J\u{7f}\u{202e}\u{2028}\u{200b}"

    /// In every place, and where it goes ways of its own also with bytes that are not UTF-8.
    static let all =
        Place.allCases.map { HostileWords(place: $0) }
        + [Place.hello, .error, .push, .node].map { HostileWords(place: $0, isText: false) }

    let place: Place
    /// Whether the text is UTF-8.
    var isText = true

    var testDescription: String { "\(place)\(isText ? "" : " not UTF-8")" }

    private var bytes: [UInt8] { Array(Self.text.utf8) + (isText ? [] : [0xff]) }

    private func bulk(_ bytes: [UInt8]) -> [UInt8] { Array("$\(bytes.count)\r\n".utf8) + bytes + Array("\r\n".utf8) }

    private func bulk(_ text: String) -> [UInt8] { bulk(Array(text.utf8)) }

    private func line(_ text: String) -> [UInt8] { Array("\(text)\r\n".utf8) }

    /// An error of any length, line feeds included.
    private func error(_ prefix: String) -> [UInt8] {
        let bytes = Array("\(prefix) ".utf8) + bytes
        return line("!\(bytes.count)") + bytes + line("")
    }

    /// Answers until the client is gone.
    func serve(_ connection: ScriptedConnection) throws {
        while let command = try? connection.readCommand() {
            let words = command.map { String(decoding: $0, as: UTF8.self).uppercased() }
            try connection.send(answer(words, command.last ?? []))
        }
    }

    private func answer(_ words: [String], _ last: [UInt8]) -> [UInt8] {
        switch (words[0], words.dropFirst().first ?? "") {
        case ("HELLO", _): return hello
        case ("INFO", "SERVER"):
            let known = "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nrun_id:"
            return place == .info ? bulk(Array(known.utf8) + bytes) : bulk("\(known)a\r\n")
        case ("CLIENT", "SETNAME"), ("CLIENT", "SETINFO"), ("PING", _): return line("+OK")
        default: break
        }
        switch place {
        case .error: return error("ERR")
        case .permission: return error("NOPERM User \(Self.text) has no permissions to run the '\(Self.text)' command")
        case .moved: return line("-MOVED 7 a\u{1b}[2J\u{202e}:7")
        case .push:
            // The same again and again; then one of a megabyte.
            let kinds = [[UInt8]](repeating: bytes, count: 50) + [bytes + [UInt8](repeating: 0x61, count: 1 << 20)]
            return kinds.flatMap { line(">2") + bulk($0) + bulk("x") } + ordinary(words, last)
        case .config where words[0] == "CONFIG": return line("*2") + bulk("notify-keyspace-events") + bulk(bytes)
        case .list where words[0] == "CLIENT": return bulk(Array("id=7 name=".utf8) + bytes)
        case .list where words[0] == "PUBSUB" && words[1].hasSuffix("CHANNELS"): return line("*1") + bulk(bytes)
        case .node where words[0] == "CLUSTER": return cluster(words[1])
        case .node where words[0] == "SENTINEL": return line("*2") + bulk(bytes) + bulk(bytes)
        case .confirmation where words[0].hasSuffix("SUBSCRIBE"):
            return line(">3") + bulk(words[0].lowercased()) + bulk(bytes) + line(":1")
        default: return ordinary(words, last)
        }
    }

    private func ordinary(_ words: [String], _ last: [UInt8]) -> [UInt8] {
        switch words[0] {
        case "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE":
            return line(">3") + bulk(words[0].lowercased()) + bulk(last) + line(":1")
        case "MONITOR":
            // No line feed may stand in a line.
            let lines = ["+1.5 [0 unix:\u{1b}[2J\u{202e}] \"GET\"", "+\u{1b}[2J \u{202e}"]
            return line("+OK") + lines.flatMap { line($0) }
        case "CONFIG": return line("*2") + bulk("notify-keyspace-events") + bulk("AKE")
        default: return error("ERR")
        }
    }

    private var hello: [UInt8] {
        let bytes = place == .hello ? bytes : Array("redis".utf8)
        let fields = ["server", "version", "mode", "role"].flatMap { bulk($0) + bulk(bytes) }
        return line("%6") + bulk("proto") + line(":3") + bulk("id") + line(":7") + fields
    }

    private func cluster(_ question: String) -> [UInt8] {
        guard question != "INFO" else { return bulk("cluster_state:ok\r\n") }
        let node = line("%5") + bulk("id") + bulk("a") + bulk("port") + line(":7") + bulk("endpoint") + bulk(bytes)
        let rest = bulk("role") + bulk("master") + bulk("ip") + bulk(bytes)
        let slots = bulk("slots") + line("*2") + line(":0") + line(":16383")
        return line("*1") + line("%2") + slots + bulk("nodes") + line("*1") + node + rest
    }
}
