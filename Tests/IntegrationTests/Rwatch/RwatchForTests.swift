import Foundation
import RedisTesting
import TestSupport
import Testing

/// A watch that cannot start also ends after the time of `--for`.
@Suite("rwatch gives up with --for", .tags(.rwatch, .timing), .timeLimit(.minutes(2)))
struct RwatchForTests {
    private static let commands = [["sub", "a"], ["psubscribe", "a"], ["ssubscribe", "a"], ["monitor"], ["keys"]]

    private func expectGivenUp(_ runs: [RwatchProcess]) async throws {
        for run in runs {
            #expect(try await run.status(within: .seconds(20)) == 69)
            #expect(run.notices.hasSuffix("rwatch: not watching after 2 s: giving up because of --for\n"))
        }
    }

    @Test("when there is no server, however long it may be waited for")
    func absent() async throws {
        let port = "\(try closedPort())"
        try await expectGivenUp(
            try Self.commands.map { try RwatchProcess($0 + ["--wait", "1h", "--for", "100ms", "-C", "1", "-p", port]) }
        )
    }

    @Test("when the server takes the link and says nothing")
    func silent() async throws {
        try await withScriptedServer(timeout: .seconds(30)) { connection in
            _ = try connection.waitForClose()
        } client: { url in
            try await expectGivenUp(try Self.commands.map { try RwatchProcess($0 + ["--for", "1s", "-u", url]) })
        }
    }

    @Test("when the server never answers what makes the watch")
    func unanswered() async throws {
        try await withScriptedServer(timeout: .seconds(30)) { connection in
            // What comes behind the handshake gets no answer; the link of a look at the setting is closed without a
            // word.
            _ = try? connection.answerHandshake()
            _ = try connection.waitForClose()
        } client: { url in
            try await expectGivenUp(
                try Self.commands.filter { $0 != ["keys"] }.map { try RwatchProcess($0 + ["--for", "2s", "-u", url]) }
            )
        }
    }
}
