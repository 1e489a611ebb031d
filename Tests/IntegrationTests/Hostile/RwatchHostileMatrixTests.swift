import Foundation
import Reactor
import RedisTesting
import Testing

/// The matrix: every command of rwatch, in each way in which it finds servers, against servers that are hostile in each way, at each reply
/// that is read.
///
/// In the everyday run a form meets a server or some of each family, at other replies in each; `REDIS_EVENTS_SOAK=1` lets it meet
/// many more.
@Suite("rwatch and hostile servers", .serialized, .timeLimit(.minutes(120)))
struct RwatchHostileMatrixTests {
    /// Runs scenes, six at a time, and tells of each that went wrong.
    private func run(
        _ scenes: [HostileScene],
        _ look: (HostileScene, HostileScene.Report) -> Void = { _, _ in }
    ) async throws {
        try await withThrowingTaskGroup(of: (HostileScene, HostileScene.Report).self) { group in
            var rest = scenes[...]
            for _ in 0..<6 { if let scene = rest.popFirst() { group.addTask { (scene, try await scene.run()) } } }
            while let (scene, report) = try await group.next() {
                let text = report.complaints.joined(separator: "; ")
                look(scene, report)
                if !report.complaints.isEmpty { Issue.record("\(scene): \(text)") }
                if let scene = rest.popFirst() { group.addTask { (scene, try await scene.run()) } }
            }
        }
    }

    @Test("an honest server takes each form through all the stages of the matrix")
    func honest() async throws {
        try await run(RwatchForm.all.map { HostileScene(form: $0) }) { scene, report in
            let form = scene.form
            // What is asked at the end, and later, is not of the beginning's stages.
            #expect(Set(report.stages).isSuperset(of: form.stages), "\(form): \(report.stages)")
            #expect(report.status == (form.isWatch ? 128 + SIGTERM : 0), "\(form)")
            let notices = String(decoding: report.notices, as: UTF8.self)
            #expect(notices.contains("rwatch: watching ") == form.isWatch, "\(form): \(notices)")
        }
    }

    @Test("a signal is heard, in words, while the server does not answer at the end, and a second one ends at once")
    func silentEnd() async throws {
        let isSet = Locked(false)
        let silence = Hostility("says nothing when the setting is to be set back") { turn in
            let wasSet = isSet.withLock { isSet in
                defer { isSet = isSet || turn.stage == "CONFIG SET" }
                return isSet
            }
            return wasSet && turn.stage == "CONFIG GET"
                ? .silence : turn.stage == "CONFIG SET" ? .say(turn.honest) : nil
        }
        let form = try #require(RwatchForm.single.first { $0.words.contains("--enable") })
        let report = try await HostileScene(form: form, hostility: silence).run()
        #expect(report.complaints == [])
        #expect(report.saidThatItWaits)
        #expect(report.status == 128 + SIGTERM)
    }

    @Test("what needs no server meets none")
    func help() async throws {
        for words in [["--help"], ["--version"], ["help"], ["sub", "--help"]] {
            let server = try HostileServer(nil)
            defer { server.stop() }
            let url = "redis://127.0.0.1:\(server.port)"
            let rwatch = try RwatchProcess(words, environment: ["RWATCH_URL": url])
            #expect(try await rwatch.status() == 0)
            #expect(rwatch.notices == "")
            #expect(RawText.complaint(about: rwatch.bytes) == nil)
            #expect(server.accepted == 0)
        }
    }
}
