import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor
import RwatchKit
import TestSupport
import Testing

/// What becomes of lines, with a server that answers when the test says so.
@Suite("The origins of commands", .tags(.unit))
struct CommandOriginsTests {
    /// One server, and what was printed.
    private final class Scene {
        let node = NodeNumber(.tcp(host: "127.0.0.1", port: 6379))
        let start = ContinuousClock.now
        private(set) var printed: [String] = []
        private(set) var asked = 0
        private(set) var told: [String] = []
        private(set) var due: ContinuousClock.Instant?
        private var origins: CommandOrigins?

        init(_ needs: OriginNeeds, mostHeld: Int = CommandOrigins.mostHeld) {
            origins = CommandOrigins(
                needs,
                mostHeld: mostHeld,
                ask: { [unowned self] _ in asked += 1 },
                say: { [unowned self] in told.append($0) }
            )
        }

        var unnamed: Int { origins?.unnamed ?? -1 }
        var isActive: Bool { origins?.isActive ?? false }

        func at(_ seconds: Double) -> ContinuousClock.Instant { start.advanced(by: .seconds(1) * seconds) }

        private func print(_ line: RawSpan, _ client: KnownClient?, _ isFromScript: Bool) {
            var text = String(decoding: (0..<line.byteCount).map { line.byte(at: $0) }, as: UTF8.self)
            text.removeFirst(18)
            if let client {
                let user = client.user.map { String(decoding: $0, as: UTF8.self) } ?? "?"
                text += " (\(String(decoding: client.name, as: UTF8.self))/\(user))"
            }
            printed.append(text + (isFromScript ? " lua" : ""))
        }

        /// A line comes, in a turn of its own.
        func line(_ source: String, _ words: String, at seconds: Double = 0) {
            let arguments = words.split(separator: " ").map { "\"\($0)\"" }.joined(separator: " ")
            withBytes(Array("1795219143.045931 [0 \(source)] \(arguments)".utf8)) { line in
                origins?.take(line, node, at: at(seconds)) { line, _, client, isFromScript in
                    print(line, client, isFromScript)
                }
            }
            turn(at: seconds)
        }

        func turn(at seconds: Double) {
            due = origins?.turnEnded(at: at(seconds)) { line, _, client, isFromScript in
                print(line, client, isFromScript)
            }
        }

        func answer(_ clients: String..., in time: Duration = .zero, at seconds: Double = 0) {
            let lines = clients.map { client in
                let parts = client.split(separator: " ", omittingEmptySubsequences: false)
                let flags = parts.count > 3 ? parts[3] : "N"
                return "id=1 addr=\(parts[0]) name=\(parts[1]) flags=\(flags) user=\(parts[2])\n"
            }
            answer(.success(ClientList(RedisBytes(lines.joined()))), in: time, at: seconds)
        }

        func answer(_ result: Result<ClientList, RedisError>, in time: Duration = .zero, at seconds: Double = 0) {
            origins?.answered(node, result, in: time, at: at(seconds))
            turn(at: seconds)
        }

        func watched(isReplica: Bool?, at seconds: Double = 0) {
            origins?.isWatched(node, isReplica: isReplica, at: at(seconds))
        }

        func missed() { origins?.missed(node) }

        func releaseAll() {
            origins?.releaseAll(at: start) { line, _, client, isFromScript in print(line, client, isFromScript) }
        }

        func takePrinted() -> [String] {
            defer { printed = [] }
            return printed
        }
    }

    // MARK: Names

    @Test("a command of an unknown client waits for the answer, and those behind it with it")
    func waits() {
        let scene = Scene(OriginNeeds(users: true))
        scene.line("10.0.0.1:1", "GET a")
        scene.line("unix:/r.sock", "GET b")
        scene.line("lua", "GET c")
        #expect(scene.printed == [])
        #expect(scene.asked == 1)
        scene.answer("10.0.0.1:1 web ann", "10.0.0.1:2  bob")
        #expect(
            scene.takePrinted() == [
                #"[0 10.0.0.1:1] "GET" "a" (web/ann)"#, #"[0 unix:/r.sock] "GET" "b""#, #"[0 lua] "GET" "c""#,
            ]
        )
        scene.line("10.0.0.1:2", "GET d")
        #expect(scene.takePrinted() == [#"[0 10.0.0.1:2] "GET" "d" (/bob)"#])
        #expect(scene.asked == 1)
        #expect(scene.unnamed == 0)
    }

    @Test("an answer to a question from before the command tells nothing of its client")
    func lateClient() {
        let scene = Scene(OriginNeeds(names: true))
        scene.line("10.0.0.1:1", "GET a")
        scene.line("10.0.0.1:2", "GET b", at: 0.1)
        scene.answer("10.0.0.1:1 one u", at: 0.2)
        #expect(scene.takePrinted() == [#"[0 10.0.0.1:1] "GET" "a" (one/u)"#])
        #expect(scene.asked == 1)
        #expect(scene.due == scene.at(1))
        scene.turn(at: 1)
        #expect(scene.asked == 2)
        scene.answer("10.0.0.1:2 two u", at: 1.05)
        #expect(scene.takePrinted() == [#"[0 10.0.0.1:2] "GET" "b" (two/u)"#])
    }

    @Test("nobody waits longer than a second, nor for an answer that comes later, nor when too much waits")
    func patience() {
        let scene = Scene(OriginNeeds(names: true), mostHeld: 300)
        scene.line("10.0.0.1:1", "GET a")
        #expect(scene.due == scene.at(1))
        scene.turn(at: 0.9)
        #expect(scene.printed == [])
        scene.turn(at: 1)
        #expect(scene.takePrinted() == [#"[0 10.0.0.1:1] "GET" "a""#])
        #expect(scene.unnamed == 1)
        for number in 1...4 { scene.line("10.0.0.1:1", "GET \(number)", at: 1) }
        #expect(scene.takePrinted() == [#"[0 10.0.0.1:1] "GET" "1""#])
        // A list that takes long is asked for more rarely.
        scene.answer("10.0.0.1:9 x u", in: .seconds(3), at: 1.5)
        #expect(scene.told.count == 1)
        let words = "CLIENT LIST tells of 1 connections: it is asked every 60 s at most"
        #expect(scene.told.first?.hasSuffix(words) == true)
        scene.line("10.0.0.1:3", "GET b", at: 5)
        #expect(scene.printed.last == #"[0 10.0.0.1:3] "GET" "b""#)
    }

    @Test("commands that name their client are believed, in their place and across an answer from before them")
    func learning() {
        let scene = Scene(OriginNeeds(names: true))
        scene.line("10.0.0.1:1", "client setname first")
        scene.line("10.0.0.1:1", "GET a")
        scene.answer("10.0.0.1:1 first u")
        #expect(scene.takePrinted().last == #"[0 10.0.0.1:1] "GET" "a" (first/u)"#)
        scene.line("10.0.0.1:1", "CLIENT SETNAME second")
        scene.line("10.0.0.1:1", #"CLIENT SETNAME no\x20name"#)
        scene.line("10.0.0.1:1", "HELLO 3 AUTH (redacted) (redacted) SETNAME third")
        scene.line("10.0.0.1:1", "RESET")
        let clients = scene.takePrinted().map { $0.split(separator: " ").last.map(String.init) }
        #expect(clients == ["(second/u)", "(second/u)", "(third/?)", "(/?)"])
    }

    @Test("a client that has left before anybody could ask has the name that it gave itself")
    func gone() {
        let scene = Scene(OriginNeeds(names: true))
        scene.line("10.0.0.1:1", "HELLO 3 SETNAME short")
        scene.line("10.0.0.1:1", "GET a")
        scene.line("10.0.0.1:2", "GET b")
        scene.answer("10.0.0.1:9 x u")
        #expect(
            scene.takePrinted() == [
                #"[0 10.0.0.1:1] "HELLO" "3" "SETNAME" "short" (short/?)"#, #"[0 10.0.0.1:1] "GET" "a" (short/?)"#,
            ]
        )
        // The other was not asked for in time.
        scene.turn(at: 1)
        scene.answer("10.0.0.1:9 x u", at: 1.01)
        #expect(scene.takePrinted() == [#"[0 10.0.0.1:2] "GET" "b""#])
        #expect(scene.unnamed == 1)
    }

    @Test("another client at the same address is known by the next list")
    func reuse() {
        let scene = Scene(OriginNeeds(names: true))
        scene.line("10.0.0.1:1", "GET a")
        scene.answer("10.0.0.1:1 old u")
        scene.line("10.0.0.1:1", "GET b", at: 10.5)
        #expect(scene.asked == 2)
        scene.answer("10.0.0.1:1 new u", at: 10.6)
        scene.line("10.0.0.1:1", "GET c", at: 10.7)
        #expect(scene.takePrinted().map { String($0.suffix(7)) } == ["(old/u)", "(old/u)", "(new/u)"])
    }

    @Test("whoever may not ask is told once what right is missing, and nothing waits any more")
    func refused() {
        let scene = Scene(OriginNeeds(names: true))
        scene.line("10.0.0.1:1", "GET a")
        scene.answer(
            .failure(
                .server("NOPERM User ann has no permissions to run the 'client|list' command", at: nil, .command)
            )
        )
        scene.line("10.0.0.1:2", "GET b")
        #expect(scene.takePrinted().count == 2)
        #expect(scene.told.count == 1)
        #expect(scene.told.first?.contains("ACL SETUSER ann +client|list would allow it") == true)
        #expect(scene.asked == 1)
    }

    @Test("what comes behind waiting commands does not pass them")
    func order() {
        let scene = Scene(OriginNeeds(names: true))
        scene.line("10.0.0.1:1", "GET a")
        scene.releaseAll()
        #expect(scene.takePrinted() == [#"[0 10.0.0.1:1] "GET" "a""#])
    }

    // MARK: Scripts

    @Test("commands of a script get the address of whoever called it, also when others are executed meanwhile")
    func callers() {
        let scene = Scene(OriginNeeds(callers: true))
        scene.line("lua", "GET before")
        scene.line("10.0.0.1:1", "EVAL return 0")
        scene.line("lua", "GET a")
        scene.line("10.0.0.1:2", "SCRIPT KILL")
        scene.line("10.0.0.1:3", "hello 3")
        scene.line("lua", "GET b")
        scene.line("[::1]:4", "FCALL f 0")
        scene.line("lua", "GET c")
        scene.missed()
        scene.line("lua", "GET d")
        #expect(
            scene.printed == [
                #"[0 lua] "GET" "before""#, #"[0 10.0.0.1:1] "EVAL" "return" "0""#, #"[0 10.0.0.1:1] "GET" "a" lua"#,
                #"[0 10.0.0.1:2] "SCRIPT" "KILL""#, #"[0 10.0.0.1:3] "hello" "3""#, #"[0 10.0.0.1:1] "GET" "b" lua"#,
                #"[0 [::1]:4] "FCALL" "f" "0""#, #"[0 [::1]:4] "GET" "c" lua"#, #"[0 lua] "GET" "d""#,
            ]
        )
        #expect(scene.asked == 0)
    }

    @Test("they get the caller's name too")
    func callersName() {
        let scene = Scene(OriginNeeds(names: true, callers: true))
        scene.line("10.0.0.1:1", "EVAL return 0")
        scene.line("lua", "GET a")
        scene.answer("10.0.0.1:1 web u")
        #expect(scene.printed.last == #"[0 10.0.0.1:1] "GET" "a" (web/u) lua"#)
    }

    // MARK: Replicas

    @Test("what comes from a replica's primary is left out, its scripts too, once the replica has told who that is")
    func replicated() {
        let scene = Scene(OriginNeeds(hidesReplicated: true))
        #expect(!scene.isActive)
        scene.watched(isReplica: true)
        #expect(scene.isActive && scene.asked == 1)
        scene.line("10.0.0.9:6379", "SELECT 0")
        scene.line("10.0.0.1:1", "GET a")
        #expect(scene.printed == [])
        scene.answer("10.0.0.9:6379  u M", "10.0.0.1:1 x u")
        scene.line("10.0.0.9:6379", "EVAL return 0")
        scene.line("lua", "SET k v")
        scene.line("10.0.0.9:63790", "GET b")
        scene.line("lua", "GET c")
        #expect(
            scene.takePrinted() == [
                #"[0 10.0.0.1:1] "GET" "a""#, #"[0 10.0.0.9:63790] "GET" "b""#, #"[0 lua] "GET" "c""#,
            ]
        )
        // Another primary is noticed.
        scene.line("10.0.0.8:6379", "SET k v", at: 10.5)
        scene.answer("10.0.0.8:6379  u M", at: 10.6)
        scene.line("10.0.0.8:6379", "SET k w", at: 10.7)
        #expect(scene.takePrinted() == [#"[0 10.0.0.8:6379] "SET" "k" "v""#])
    }

    @Test("a primary is asked nothing, and a server that does not say what it is, once")
    func primaries() {
        let scene = Scene(OriginNeeds(hidesReplicated: true))
        scene.watched(isReplica: false)
        #expect(!scene.isActive && scene.asked == 0)
        scene.watched(isReplica: nil)
        #expect(scene.asked == 1)
        scene.answer()
        scene.line("10.0.0.9:6379", "SELECT 0", at: 20)
        #expect(scene.printed.count == 1 && scene.asked == 1)
    }
}
