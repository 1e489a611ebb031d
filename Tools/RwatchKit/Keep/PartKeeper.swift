import RedisPOSIX
import RedisReactor

/// Does what is left to do with whole parts, one after the other, on a thread of its own: compresses them, runs the
/// command, removes the oldest. What fails is reported and stops nothing, because the plain part is there.
final class PartKeeper: Sendable {
    private let settings: RecordingSettings
    private let say: @Sendable (String) -> Void
    private let parts = Locked<[[UInt8]]>([])
    private let thread = Locked<PlainThread?>(nil)

    init(_ settings: RecordingSettings, say: @escaping @Sendable (String) -> Void) {
        self.settings = settings
        self.say = say
    }

    /// Takes over a part.
    func take(_ path: [UInt8]) {
        guard settings.isCompressed || settings.command != nil || settings.kept != nil else { return }
        let isIdle = parts.withLock { parts in
            parts.append(path)
            return parts.count == 1
        }
        guard isIdle else { return }
        // The thread before has no work any more, so this takes no time.
        finish()
        do throws(RedisSystemError) {
            let started = try PlainThread.start(name: "rwatch-keep") { self.work() }
            thread.withLock { $0 = started }
        } catch {
            // Without a thread the writer does the work itself.
            work()
        }
    }

    /// Waits until everything is done.
    func finish() { thread.withLock { exchange(&$0, with: nil) }?.join() }

    private func work() {
        // A part stays in the list while it is worked on, so that no second thread is started.
        while let path = parts.withLock({ $0.first }) {
            keep(path)
            let isLast = parts.withLock { parts in
                parts.removeFirst()
                return parts.isEmpty
            }
            if isLast { return }
        }
    }

    private func keep(_ path: [UInt8]) {
        var path = path
        if settings.isCompressed {
            do throws(RedisSystemError) { path = try compress(path) } catch {
                say("cannot compress \(path.shownPath): \(error)")
            }
        }
        if let command = settings.command { run(command, path) }
        if let kept = settings.kept { removeOldest(but: kept) }
    }

    private func compress(_ path: [UInt8]) throws(RedisSystemError) -> [UInt8] {
        let compressed = path + RecordingName.compressedSuffix
        let open = compressed + RecordingName.openSuffix
        do throws(RedisSystemError) {
            try Gzip.compress(path, to: open)
            try FilePath.rename(open, to: compressed)
        } catch {
            try? FilePath.remove(open)
            throw error
        }
        try FilePath.remove(path)
        return compressed
    }

    private func run(_ command: String, _ path: [UInt8]) {
        do throws(RedisSystemError) {
            let status = try ShellCommand.run(command, variables: [("RWATCH_FILE", path)])
            if status != 0 { say("--exec-rotate ended with status \(status) for \(path.shownPath)") }
        } catch { say("cannot run --exec-rotate: \(error)") }
    }

    private func removeOldest(but kept: Int) {
        let name = settings.name
        do throws(RedisSystemError) {
            var found: [(path: [UInt8], changed: Int64)] = []
            for entry in try FilePath.names(in: name.folder.isEmpty ? Array(".".utf8) : name.folder)
            where name.matches(entry) {
                let path = name.folder + entry
                if let changed = FilePath.changedAt(path) { found.append((path, changed)) }
            }
            found.sort { ($0.changed, $0.path.shownPath) < ($1.changed, $1.path.shownPath) }
            for part in found.dropLast(kept) { try FilePath.remove(part.path) }
        } catch { say("cannot remove old parts: \(error)") }
    }
}
