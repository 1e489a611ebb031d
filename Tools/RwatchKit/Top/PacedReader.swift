import RedisCore
import RedisEvents
import RedisPOSIX
import RedisRESP
import RedisReactor
import Synchronization

/// Reads recordings on a thread of its own and has their events counted, at their own pace or faster.
final class PacedReader: Sendable {
    private let tally: LiveTally
    private let speed: ReplaySpeed
    private let longestLine: Int
    private let isStopped = Atomic<Bool>(false)
    private let hasEnded = Atomic<Bool>(false)
    private let end = Promise<Void>()
    private let parker = Parker()

    init(_ tally: LiveTally, _ speed: ReplaySpeed, longestLine: Int) {
        self.tally = tally
        self.speed = speed
        self.longestLine = longestLine
    }

    /// Whether all was read.
    var isOver: Bool { hasEnded.load(ordering: .acquiring) }

    /// Begins with the first of the files. `failed` is called when one cannot be read.
    func begin(_ paths: [RedisBytes], _ failed: @escaping @Sendable (RedisError) -> Void) throws(RedisError) {
        do throws(RedisSystemError) {
            _ = try PlainThread.start(name: "rwatch-top") { [self] in
                do throws(RedisError) {
                    for path in paths { try read(path) }
                } catch { failed(error) }
                hasEnded.store(true, ordering: .releasing)
                end.complete(.success(()))
            }
        } catch { throw .system(error) }
    }

    /// Reads no more.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        parker.unpark()
    }

    /// Waits until all was read, or until a time. Returns whether all was read.
    func wait(until due: ContinuousClock.Instant) async -> Bool {
        await withTaskGroup { group in
            group.addTask { _ = try? await self.end.value() }
            group.addTask { try? await Task.sleep(until: due, clock: .continuous) }
            await group.next()
            group.cancelAll()
        }
        return isOver
    }

    private func read(_ path: RedisBytes) throws(RedisError) {
        var reader = RecordingReader(try RecordingInput(path: path), longest: longestLine)
        tally.withTally { $0.recordingBegins() }
        var visitor = PacedVisitor(tally: tally)
        var pace = RecordingPace(speed)
        while !isStopped.load(ordering: .acquiring) {
            guard try reader.read(&visitor) else { break }
            while let due = pace.due(visitor.time, at: .now), !isStopped.load(ordering: .acquiring) {
                _ = parker.park(until: due)
            }
        }
    }
}

/// When the event behind another one is due: a plain value.
struct RecordingPace {
    private let speed: ReplaySpeed
    private var begun: (time: Int64, at: ContinuousClock.Instant)?

    init(_ speed: ReplaySpeed) { self.speed = speed }

    /// When to go on behind an event of that time; `nil` for at once.
    mutating func due(_ time: Int64?, at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        guard case .times(let factor) = speed, let time else { return nil }
        // Time that goes back, or that jumps, begins anew.
        guard let begun, time >= begun.time, time &- begun.time < 1 << 50 else {
            begun = (time, now)
            return nil
        }
        let due = begun.at.advanced(by: .microseconds(Int64(Double(time - begun.time) / factor)))
        return due > now ? due : nil
    }
}

/// Has what is read counted, and notes its time.
private struct PacedVisitor: RecordingVisitor {
    let tally: LiveTally
    var time: Int64?

    mutating func command(_ line: RawSpan, _ header: MonitorLine, node: RawSpan) {
        time = header.time.microseconds
        tally.command(line, header, node: node)
    }

    mutating func message(_ message: borrowing RecordedMessage) {
        time = message.time
        tally.message(message)
    }

    mutating func keyEvent(_ event: borrowing RecordedKeyEvent) {
        time = event.time
        tally.keyEvent(event)
    }

    mutating func gap(_ gap: RecordedGap) { tally.withTally { $0.gap(gap) } }

    mutating func drop(_ count: Int, _ times: RecordedTimes) { tally.withTally { $0.drop(count, times) } }

    mutating func remark(_ remark: RecordingRemark) { tally.withTally { $0.remark(remark) } }

    mutating func unreadable(_ problem: LineProblem) { tally.withTally { $0.unreadable(problem) } }
}
