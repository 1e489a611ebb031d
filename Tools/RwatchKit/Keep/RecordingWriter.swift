import RedisPOSIX
import RedisReactor

/// Writes a run's output into the parts of a recording. It belongs to the pump's thread.
final class RecordingWriter: OutputWriter {
    private let settings: RecordingSettings
    private let keeper: PartKeeper
    private let say: @Sendable (String) -> Void
    private var schedule: PartSchedule
    /// `nil` between the end of a part and the first event behind it, so that no part is empty.
    private var part: PartFile?

    /// - Parameters:
    ///   - settings: What is kept, and where.
    ///   - say: Writes a notice, on any thread, without waiting.
    init(_ settings: RecordingSettings, say: @escaping @Sendable (String) -> Void) {
        self.settings = settings
        self.say = say
        keeper = PartKeeper(settings, say: say)
        schedule = PartSchedule(size: settings.size, period: settings.period)
    }

    func begin() -> OutputFailure? {
        do throws(RedisSystemError) {
            let recovery = PartRecovery(name: settings.name, terminator: settings.terminator)
            for part in try recovery.recover() {
                let cut = part.removed > 0 ? ", without the \(part.removed) bytes of a cut line" : ""
                say("kept \(part.path.shownPath), which a killed run had left\(cut)")
            }
            try beginPart()
        } catch { return .partFailed(settings.name.text, error) }
        return nil
    }

    func write(_ chunk: borrowing [UInt8]) -> OutputFailure? {
        if schedule.isFull(for: chunk.count) || schedule.isOver(at: now), let failure = endPart() { return failure }
        do throws(RedisSystemError) {
            if part == nil { try beginPart() }
            try part?.write(chunk)
        } catch { return .partFailed(settings.name.text, error) }
        schedule.wrote(chunk.count)
        return nil
    }

    /// Nobody hangs up on a file.
    var watchedDescriptor: Int32 { -1 }

    var deadline: ContinuousClock.Instant? {
        guard part != nil, let end = schedule.end else { return nil }
        return .now.advanced(by: .seconds(end - now))
    }

    func deadlinePassed() -> OutputFailure? { schedule.isOver(at: now) ? endPart() : nil }

    /// Ends the part, for whoever moves it away.
    func reopen() -> OutputFailure? { endPart() }

    func finish() -> OutputFailure? {
        let failure = endPart()
        keeper.finish()
        return failure
    }

    private var now: Int64 { RedisTimestamp.now().microseconds / 1_000_000 }

    private func beginPart() throws(RedisSystemError) {
        let now = now
        part = try PartFile(settings.name, at: now)
        schedule.begin(at: now, offset: CalendarTime(at: now, isUTC: false)?.offset ?? 0)
        try part?.write(settings.header)
        schedule.wrote(settings.header.count)
    }

    private func endPart() -> OutputFailure? {
        guard let part = part.take() else { return nil }
        do throws(RedisSystemError) { keeper.take(try part.finish()) } catch {
            return .partFailed(settings.name.text, error)
        }
        return nil
    }
}

extension [UInt8] {
    /// A path in a notice.
    var shownPath: String { String(decoding: self, as: UTF8.self) }
}
