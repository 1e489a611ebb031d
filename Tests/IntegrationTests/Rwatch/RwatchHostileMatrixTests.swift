import Foundation
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// The matrix: every command of rwatch, in each way in which it finds servers, against servers that are hostile in each
/// way, at each reply that is read.
///
/// In the everyday run a form meets a server or some of each family, at other replies in each; `REDIS_EVENTS_SOAK=1`
/// lets it meet many more.
@Suite("rwatch and hostile servers", .tags(.rwatch, .once, .timing), .serialized, .timeLimit(.minutes(120)))
struct RwatchHostileMatrixTests {
    /// Runs scenes, eight at a time, and tells of each that went wrong.
    private func run(
        _ scenes: [HostileScene],
        _ look: (HostileScene, HostileScene.Report) -> Void = { _, _ in }
    ) async throws {
        // It is written before a process starts that could inherit the descriptor: the replay refuses a file that is
        // still open for writing.
        _ = RwatchForm.recording
        try await withThrowingTaskGroup(of: (HostileScene, HostileScene.Report).self) { group in
            var rest = scenes[...]
            for _ in 0..<8 { if let scene = rest.popFirst() { group.addTask { (scene, try await scene.run()) } } }
            while let (scene, report) = try await group.next() {
                let text = report.complaints.joined(separator: "; ")
                look(scene, report)
                if !report.complaints.isEmpty {
                    Issue.record("\(scene): \(text); its last notices: \(report.lastNotices)")
                }
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
            #expect(report.status == form.honestStatus, "\(form)")
            let notices = String(decoding: report.notices, as: UTF8.self)
            #expect(notices.contains("rwatch: watching ") == form.isWatch, "\(form): \(notices)")
        }
    }

    @Test(
        "no hostile reply brings a trap, work, memory, a deaf process or raw text",
        arguments: HostileFamily.general
    )
    func replies(_ family: HostileFamily) async throws {
        try await run(HostileScene.scenes(family))
    }

    @Test("nor does one to a later question: of the guard, of the heartbeat, to Sentinels that are watched")
    func later() async throws {
        try await run(HostileFamily.general.enumerated().flatMap { HostileScene.laterScenes($1, $0) })
    }

    @Test("nor does one at the end")
    func end() async throws {
        try await run(HostileFamily.general.enumerated().flatMap { HostileScene.lastScenes($1, $0) })
    }

    @Test("no topology of a cluster causes any of that, with few descriptors", arguments: [128, 1024])
    func topologies(_ descriptors: Int) async throws {
        try await run(HostileScene.scenes(.clusterPlaces, RwatchForm.cluster + RwatchForm.clusterReplicas, descriptors))
    }

    @Test("nothing that Sentinels tell brings any of that, with few descriptors", arguments: [128])
    func sentinels(_ descriptors: Int) async throws {
        try await run(HostileScene.scenes(.sentinelPlaces, RwatchForm.sentinel, descriptors))
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

extension HostileScene {
    /// The matrix of one family: a walk through the replies that each form reads and the family's variants. A form goes
    /// on from where it was in the family before, so that all of them together are at each of its replies.
    static func scenes(_ family: HostileFamily) -> [HostileScene] {
        let number = HostileFamily.general.firstIndex { $0.name == family.name } ?? 0
        let steps = isSoak ? 40 : family.steps
        var scenes: [HostileScene] = []
        for (row, form) in RwatchForm.all.enumerated() {
            let moments = form.stages.flatMap { stage in
                [HostileMoment(stage: stage)]
                    + (form.isWatch ? [HostileMoment(stage: stage, from: .afterFirstLink)] : [])
            }
            for step in 0..<steps {
                let place = number * steps + step + row
                let variant = row * steps + step
                scenes.append(
                    HostileScene(
                        form: form,
                        hostility: family.variants[variant * stride(family.variants.count) % family.variants.count],
                        moment: moments[place * stride(moments.count) % moments.count],
                        span: family.span,
                        hasPeer: family.hasPeer
                    )
                )
            }
        }
        return scenes
    }

    /// How far to go in a circle of so many places to be far away at once, and at each of them in the end.
    private static func stride(_ count: Int) -> Int {
        func divisor(_ one: Int, _ other: Int) -> Int { other == 0 ? one : divisor(other, one % other) }
        return (count / 3 + 1..<count).first { divisor($0, count) == 1 } ?? 1
    }

    /// A family at what is asked a while after the beginning: each form meets one of its variants in every third
    /// family.
    static func laterScenes(_ family: HostileFamily, _ number: Int) -> [HostileScene] {
        RwatchForm.later.enumerated().filter { isSoak || ($0.offset + number).isMultiple(of: 3) }.flatMap { row, form in
            form.stages.enumerated().map { column, stage in
                HostileScene(
                    form: form,
                    hostility: family.variants[(number + row * 3 + column) % family.variants.count],
                    moment: HostileMoment(stage: stage),
                    span: family.span,
                    hasPeer: family.hasPeer
                )
            }
        }
    }

    /// A family at all that is asked when a watch ends: only one of keys asks something then.
    static func lastScenes(_ family: HostileFamily, _ number: Int) -> [HostileScene] {
        RwatchForm.all.filter { $0.words[0] == "keys" }.enumerated().filter {
            isSoak || ($0.offset + number).isMultiple(of: 2)
        }.map { row, form in
            HostileScene(
                form: form,
                hostility: family.variants[(number + row * 5) % family.variants.count],
                moment: HostileMoment(from: .atEnd),
                hasPeer: family.hasPeer
            )
        }
    }

    /// Each variant with one form that asks for it, or with each.
    static func scenes(_ family: HostileFamily, _ forms: [RwatchForm], _ descriptors: Int) -> [HostileScene] {
        family.variants.enumerated().flatMap { column, variant in
            let forms = forms.filter { variant.stage.map($0.stages.contains) ?? true }
            let place = (column + descriptors / 1024) % forms.count
            return forms.enumerated().filter { isSoak || $0.offset == place }.map { _, form in
                HostileScene(
                    form: form,
                    hostility: variant,
                    span: family.span,
                    descriptors: descriptors,
                    hasPeer: family.hasPeer
                )
            }
        }
    }
}
