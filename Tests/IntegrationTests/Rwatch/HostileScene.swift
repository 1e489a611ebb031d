import Foundation
import RedisTesting

/// One field of the matrix: rwatch against a server, and what came of it.
struct HostileScene: Sendable, CustomStringConvertible {
    var form: RwatchForm
    var hostility: Hostility? = nil
    var moment = HostileMoment()
    /// How long to look at least, from the first hostile act on.
    var span = Duration.milliseconds(200)
    /// How many descriptors the process may have, if not as many as this one.
    var descriptors: Int?
    /// Whether a second server of the same kind is there to be named.
    var hasPeer = false

    var description: String { "rwatch \(form), \(hostility?.name ?? "honest") \(moment)" }

    /// Processor time that may be used from the first hostile act on, in seconds.
    static let processorLimit = 2.0 * Double(sanitizerFactor)
    /// How much processor time SIGTERM may take, in seconds.
    static let signalLimit = 1.0 * Double(sanitizerFactor)
    /// How long SIGTERM may take beside that, in seconds. Other processes than rwatch have a part in it, and the
    /// machine may be busy: with `REDIS_EVENTS_SOAK`, which is for one that is not, it is two seconds. A replay waits
    /// for the last replies for one second; what else rwatch waits for takes five.
    private static let patience = environment("REDIS_EVENTS_SOAK") == "1" ? 2.0 : 3.0
    /// The most memory that the process may have, in bytes: what it has with an honest server, and what
    /// `RedisFrameLimits` documents for the links that are hostile.
    private var memory: Int { MemoryBound.bytes(at: moment) }
    /// What may be written to standard error in a scene, and in one line of it, in bytes.
    static let noticeLimit = 64 << 10
    static let noticeLineLimit = 8 << 10

    /// What was seen.
    struct Report: Sendable {
        var complaints: [String] = []
        var status: Int32 = 0
        var endedByItself = false
        /// Whether it said after SIGTERM that it waits for a server.
        var saidThatItWaits = false
        var stages: [String] = []
        var acts = 0
        var accepted = 0
        var watching = 0
        var processorTime = 0.0
        var peakMemory = 0
        var output: [UInt8] = []
        var notices: [UInt8] = []
        var wall = 0.0

        var lastNotices: String { String(decoding: notices.suffix(400), as: UTF8.self).debugDescription }
    }

    func run() async throws -> Report {
        let server = try HostileServer(hostility, moment, flags: form.flags)
        defer { server.stop() }
        var peer: HostileServer?
        defer { peer?.stop() }
        if hasPeer {
            let other = try HostileServer(hostility, moment, flags: form.flags)
            server.setPeer(other.port)
            other.setPeer(server.port)
            peer = other
        }
        let output = try PseudoTerminal()
        let errors = try PseudoTerminal()
        let rwatch = try start(server.port, output, errors)
        try? output.terminal.close()
        try? errors.terminal.close()
        var report = Report()
        var meter = ProcessMeter(rwatch.id)
        let began = ContinuousClock.now
        try await look(at: rwatch, server, errors, &meter, &report)
        server.turn()
        if Self.lives(rwatch) { try await end(rwatch, errors, &meter, &report) } else { report.endedByItself = true }
        report.status = try await rwatch.status()
        _ = try await eventually { output.hasEnded && errors.hasEnded }
        report.processorTime = meter.processorTime
        report.peakMemory = meter.peakMemory
        report.wall = began.duration(to: .now) / .seconds(1)
        (report.stages, report.acts) = (server.stages, server.acts)
        (report.accepted, report.watching) = (server.accepted, server.watching)
        (report.output, report.notices) = (output.bytes, errors.bytes)
        judge(&report, noticeCount: errors.count)
        return report
    }

    /// Whether it has not ended, as the kernel says: who collects it may learn of that later.
    private static func lives(_ rwatch: RwatchProcess) -> Bool {
        switch ProcessStatus.of(rwatch.id) {
        case .alive, .stopped: true
        case .zombie, .absent: false
        }
    }

    private func start(
        _ port: Int,
        _ output: PseudoTerminal,
        _ errors: PseudoTerminal
    ) throws -> RwatchProcess {
        // A trap ends the process at once, and need not be explained. Colours would be the only sequences for the
        // terminal that are rwatch's own.
        var environment = ["SWIFT_BACKTRACE": "enable=no", "RWATCH_URL": "redis://127.0.0.1", "NO_COLOR": "1"]
        if form.words[0] == "complete-names" { environment["RWATCH_COMPLETE_NAMES"] = "1" }
        guard let descriptors else {
            return try RwatchProcess(
                form.arguments(port: port),
                environment: environment,
                output: output.terminal,
                errors: errors.terminal
            )
        }
        let script = "ulimit -n \(descriptors); exec \"$0\" \"$@\""
        return try RwatchProcess(
            ["-c", script, RwatchProcess.executable.path] + form.arguments(port: port),
            executable: URL(fileURLWithPath: "/bin/sh"),
            environment: environment,
            output: output.terminal,
            errors: errors.terminal
        )
    }

    /// Looks until the server was hostile, the span is over and the process rests; or until it has ended or did too
    /// much.
    private func look(
        at rwatch: RwatchProcess,
        _ server: HostileServer,
        _ errors: PseudoTerminal,
        _ meter: inout ProcessMeter,
        _ report: inout Report
    ) async throws {
        let began = ContinuousClock.now
        // Whether a second link asks the same as the first is not known.
        let patience = Duration.seconds(moment.from == .afterFirstLink ? 3 : 10)
        var turned: (at: ContinuousClock.Instant, processorTime: Double)?
        var last = (at: began, demand: 0.0)
        var busyUntil = began
        while Self.lives(rwatch) {
            meter.look()
            let now = ContinuousClock.now
            if hostility == nil || moment.from == .atEnd, form.isWatch, errors.text.contains("rwatch: watching "),
                Set(server.stages).isSuperset(of: form.stages)
            {
                return
            }
            if turned == nil, server.acts > 0 { turned = (now, meter.processorTime) }
            let passed = last.at.duration(to: now)
            if passed >= .milliseconds(100) {
                if meter.demand - last.demand > 0.5 * (passed / .seconds(1)) { busyUntil = now }
                last = (now, meter.demand)
            }
            if let turned {
                if meter.processorTime - turned.processorTime > Self.processorLimit {
                    return report.complaints.append("more than \(Self.processorLimit) s of processor time")
                }
                if turned.at.duration(to: now) >= span, busyUntil.duration(to: now) >= .milliseconds(150) { return }
            } else if hostility != nil, moment.from != .atEnd, began.duration(to: now) > patience,
                busyUntil.duration(to: now) >= .seconds(1)
            {
                // It has never asked for what the server would have been hostile with.
                if moment.from == .atOnce && moment.stage != nil { report.complaints.append("never asked") }
                return
            }
            if meter.peakMemory > memory { return }
            if began.duration(to: now) > .seconds(60) {
                return report.complaints.append("busy for a minute")
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Ends it with SIGTERM, which is heard within a second: of the time that the process works, and of that in which
    /// it neither works nor waits for a processor. What this process could not watch does not count.
    ///
    /// Whoever says that it has heard it, and that it waits for a server, has to end at the second one.
    private func end(
        _ rwatch: RwatchProcess,
        _ errors: PseudoTerminal,
        _ meter: inout ProcessMeter,
        _ report: inout Report
    ) async throws {
        meter.look()
        let before = meter.processorTime
        let began = ContinuousClock.now
        rwatch.signal(SIGTERM)
        let demandBefore = meter.demand
        var last = began
        var watched = 0.0
        while Self.lives(rwatch), began.duration(to: .now) < .seconds(60) {
            try await Task.sleep(for: .milliseconds(5))
            meter.look()
            let now = ContinuousClock.now
            watched += min(last.duration(to: now) / .seconds(1), 0.05)
            last = now
            if !report.saidThatItWaits, errors.text.contains("a second signal ends at once") {
                report.saidThatItWaits = true
                rwatch.signal(SIGTERM)
            }
        }
        let used = meter.processorTime - before
        // Summed up: the kernel tells of a wait for a processor when it is over.
        let idle = max(watched - (meter.demand - demandBefore), 0)
        if Self.lives(rwatch) { rwatch.signal(SIGKILL) }
        if idle > Self.patience * Double(sanitizerFactor) || used > Self.signalLimit {
            report.complaints.append("SIGTERM took \(idle) s and \(used) s of processor time")
        }
    }

    private func judge(_ report: inout Report, noticeCount: Int) {
        let status = report.status
        let documented: Set<Int32> =
            report.endedByItself ? [0, 1, 64, 69, 74, 75, 77, 78] : [0, 1, 69, 77, 78, 128 + SIGTERM]
        if !documented.contains(status), report.complaints.isEmpty {
            report.complaints.append("ended with status \(status)")
        }
        if report.peakMemory > memory {
            report.complaints.append("\(report.peakMemory >> 20) MiB of memory, more than \(memory >> 20)")
        }
        for (name, bytes) in [("output", report.output), ("notices", report.notices)] {
            let isCSV = name == "output" && form.words.contains("--csv")
            if let complaint = RawText.complaint(about: bytes, isCSV: isCSV) {
                report.complaints.append("\(name): \(complaint)")
            }
            let forged = Array("rwatch: forged".utf8)
            for line in bytes.split(separator: 0x0a) where line.starts(with: forged) {
                report.complaints.append("\(name): a forged line")
                break
            }
        }
        for line in report.notices.split(separator: 0x0a) where !line.starts(with: "rwatch: ".utf8) {
            let text = String(decoding: line.prefix(200), as: UTF8.self)
            report.complaints.append("notices: a line that is not rwatch's: \(text.debugDescription)")
            break
        }
        if noticeCount > Self.noticeLimit { report.complaints.append("\(noticeCount) bytes of notices") }
        let longest = report.notices.split(separator: 0x0a).map(\.count).max() ?? 0
        if longest > Self.noticeLineLimit { report.complaints.append("a notice of \(longest) bytes") }
    }
}
