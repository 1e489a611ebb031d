import Foundation
import RedisCommands
import RedisEvents
import RedisTesting
import RwatchKit
import TestSupport
import Testing

// The examples of README.md, letter for letter: that they compile is the test, and that they are the same is another.

func everydayCommands(_ client: RedisClient, _ id: Int) async throws {
    try await client.set("user:\(id)", "Ada", expiry: .after(.seconds(3600)))
    let name = try await client.get("user:\(id)", as: String.self)
    print(name ?? "nobody", try await client.incr("visits"))

    // Several at once: one write, one wait, a result for each.
    let (count, ttl) = try await client.send(.incr("visits"), .ttl("user:\(id)"))
    print(try count.get(), try ttl.get())

    // All or nothing, and nobody else's command in between.
    let results = try await client.atomically {
        $0.append(.set("state", "ready"))
        $0.append(.incr("version"))
    }
    print(try results.get())

    // Read, decide, write: again from the beginning if somebody else has changed the key.
    let left = try await client.transaction(watching: ["stock"]) { tx in
        let stock = try await tx.get("stock", as: Int.self) ?? 0
        guard stock > 0 else { return 0 }
        _ = try await tx.commit(.set("stock", stock - 1))
        return stock - 1
    }

    // Blocks on a link of its own. Cancelled, it loses no element.
    print(left, try await client.send(["BLPOP", "jobs", 0]))
}

@Suite("The README", .tags(.server))
struct ReadmeTests {
    @Test("shows examples that compile")
    func examples() throws {
        let here = URL(fileURLWithPath: #filePath)
        let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let source = try String(contentsOf: here, encoding: .utf8)
        let examples = readme.components(separatedBy: "```swift\n").dropFirst().compactMap {
            $0.components(separatedBy: "```").first
        }
        #expect(examples.count == 2)
        // The first one is a program of its own; `Tools/test` compiles it as one.
        for example in examples.dropFirst() {
            let body = example.replacing(#/^(import [A-Za-z]+\n)+\n/#, with: "")
            #expect(source.contains(body), "\(body)")
        }
    }

    @Test("leaves the letters of a format to a table of the manual, which has all of them and no other")
    func letters() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let manual = try String(contentsOf: root.appendingPathComponent("docs/rwatch.md"), encoding: .utf8)
        let table = try #require(manual.firstRange(of: "| letter | of | is |"))
        let rows = manual[table.upperBound...].split(separator: "\n").dropFirst().prefix { $0.hasPrefix("|") }
        for (stream, word) in [(EventStreamKind.commands, "monitor"), (.messages, "sub"), (.keyEvents, "keys")] {
            let cells = rows.map { $0.split(separator: "|") }.filter { $0[1].contains(word) || $0[1].contains("all") }
            let letters = cells.flatMap { $0[0].matches(of: #/%([A-Za-z])/#).compactMap { $0.1.first } }
            #expect(letters.sorted() == EventTemplate.letters(of: stream).sorted(), "\(word)")
        }
    }

    @Test("shows options and words that rwatch knows", .tags(.once))
    func options() async throws {
        for words in [
            ["sub", "--help"], ["monitor", "--help"], ["keys", "--help"], ["pub", "--help"], ["channels", "--help"],
            ["replay", "--help"], ["stat", "--help"], ["bench", "--help"], ["demo", "--help"],
        ] {
            let rwatch = try RwatchProcess(words)
            #expect(try await rwatch.status() == 0)
            #expect(rwatch.text.contains("USAGE: rwatch \(words[0])"))
        }
        let keys = try RwatchProcess(["keys", "--help"])
        _ = try await keys.status()
        for option in ["--events", "--enable", "-n", "--csv", "-F", "--redact"] {
            #expect(keys.text.contains(option), "\(option)")
        }
        let sub = try RwatchProcess(["sub", "--help"])
        _ = try await sub.status()
        for option in [
            "-h", "-p", "-s", "-u", "-a", "--user", "--key-pass-file", "--names-from", "-2", "-3", "-C", "--for",
            "--json", "--raw", "--unsafe-raw", "--csv", "-o", "-F", "-d", "-0", "-N", "--time", "--utc", "--max-arg",
            "--redact", "--binary", "--color", "-H", "--wait",
            "--no-reconnect", "--embedded", "--heartbeat", "-P", "-S", "--cluster", "--replicas", "--sentinel",
            "--node",
        ] {
            #expect(sub.text.contains(option), "\(option)")
        }
        let replay = try RwatchProcess(["replay", "--help"])
        _ = try await replay.status()
        for option in [
            "--speed", "--loop", "--dry-run", "--connections", "--max-pause", "--strict", "--primary", "--replicated",
            "--max-line", "-C", "--for", "--json", "--yes", "--where", "--key", "--channel",
        ] { #expect(replay.text.contains(option), "\(option)") }
        let stat = try RwatchProcess(["stat", "--help"])
        _ = try await stat.status()
        for option in ["-r", "-o", "--json", "--html", "--top", "--depth", "--strict", "--max-line"] {
            #expect(stat.text.contains(option), "\(option)")
        }
        let bench = try RwatchProcess(["bench", "--help"])
        _ = try await bench.status()
        for option in [
            "--pub", "--sub", "--channels", "--rate", "--size", "--for", "--shard", "--json", "--yes",
        ] { #expect(bench.text.contains(option), "\(option)") }
        let monitor = try RwatchProcess(["monitor", "--help"])
        _ = try await monitor.status()
        for option in ["--guard <size>", "--guard-exit"] { #expect(monitor.text.contains(option), "\(option)") }
    }
}
