import RedisCommands
import RedisCore
import RedisPOSIX
package import RedisRESP
import RedisReactor
import Synchronization

/// `rwatch stat`.
package struct CollectStatistics: Sendable {
    /// How the report is printed.
    package enum Form: String, Sendable, CaseIterable {
        case text
        case json
        case html
    }

    /// What is counted.
    package enum Source: Sendable {
        /// Commands as they are executed. The guard says when MONITOR is left.
        case monitor(Selection, GuardSettings)
        case subscriptions(WatchSubscriptions)
        case keys(WatchKeys)
        /// Files, of which `-` is standard input.
        case recordings([RedisBytes], RecordingSelection)
    }

    package var source: Source
    package var form = Form.text
    /// Where a page of HTML is written besides; `nil` for nowhere.
    package var page: RedisBytes?
    package var settings = Counters.Settings()
    /// What of the origin of commands is counted beyond their lines: their users.
    package var needs = OriginNeeds()
    /// How many rows a table shows.
    package var rows = 10
    /// Whether a recording ends at the first line that cannot be used.
    package var isStrict = false
    /// Longer lines of recordings are passed over.
    package var longestLine = 64 << 20
    /// How many events of recordings are counted at most.
    package var limit: Int?
    package var isQuiet = false

    package init(_ source: Source) { self.source = source }

    /// Whether a server has to tell the categories of its commands.
    package var hasCategories: Bool {
        if case .recordings(_, let selection) = source { !selection.categories.isEmpty } else { false }
    }

    /// Counts until the watch or the recordings end, and prints the report.
    package func run(_ target: Target, settings run: RunSettings = RunSettings()) async -> ExitStatus {
        OutputPump.ignoreBrokenPipeSignal()
        do throws(RedisError) {
            if let page, FilePath.exists(page.bytes) {
                throw .options("\(page) exists already, and no file is replaced: name another one, or remove it")
            }
            if case .recordings(let paths, let selection) = source {
                return try await count(paths, selection, target)
            }
            return try await watch(target, run)
        } catch {
            Notices.say(error.words)
            return ExitStatus(error)
        }
    }

    // MARK: Live

    private func watch(_ target: Target, _ settings: RunSettings) async throws(RedisError) -> ExitStatus {
        var settings = settings
        // The report at the end tells more.
        settings.hasSummary = settings.hasSummary ?? false
        let tally = LiveTally(Counters(self.settings), tellsNodes: target.isPlural)
        let status: ExitStatus
        let words: String
        switch source {
        case .monitor(let selection, let protection):
            words = selection.isOfAll ? "all commands" : "the selected commands"
            status = await WatchMonitor.run(
                target,
                form: .line,
                guard: protection,
                settings: settings,
                selection: selection,
                needs: needs,
                tally: tally
            )
        case .subscriptions(let watch):
            words = "messages"
            status = await watch.run(target, form: .line, settings: settings, tally: tally)
        case .keys(let watch):
            words = "events of keys"
            status = await watch.run(target, form: .line, settings: settings, tally: tally)
        case .recordings: return .usage
        }
        let now = RedisTimestamp.now().microseconds
        // Without a watch there is nothing to report.
        guard let begun = tally.begun else { return status }
        let (counters, account) = tally.counted(until: now)
        let report = StatReport(
            counters: counters,
            account: account,
            source: "\(words) \(target.placeInWords)",
            isLive: true,
            period: (begun, max(now, begun)),
            rows: rows
        )
        return try print(report, status)
    }

    // MARK: Recordings

    private struct Counted: Sendable {
        var counters: Counters
        var account: InputAccount
        var status: ExitStatus
        var failure: RedisError?
    }

    private func count(
        _ paths: [RedisBytes],
        _ selection: RecordingSelection,
        _ target: Target
    ) async throws(RedisError) -> ExitStatus {
        let table = try await commands(selection, target)
        let loop: RedisEventLoop
        do throws(RedisSystemError) { loop = try .shared } catch { throw .system(error) }
        let outcome = Promise<Counted>()
        let signals = SignalWatch(on: loop)
        let stop = StopFlag()
        try? await signals.start([SIGINT, SIGTERM, SIGHUP].filter { !ThisProcess.ignores($0) }) { number in
            // The second signal ends the process at once.
            if stop.signal.exchange(number, ordering: .relaxed) != 0 { ThisProcess.die(by: number) }
            // Whoever reads may wait for standard input, and then there is no report.
            _ = ScheduledCall(after: .seconds(3), on: loop) { ThisProcess.die(by: number) }
        }
        do throws(RedisSystemError) {
            _ = try PlainThread.start(name: "rwatch-stat") {
                outcome.complete(.success(countHere(paths, selection, table, stop)))
            }
        } catch { throw .system(error) }
        let counted = try await outcome.value()
        await signals.stop()
        if let failure = counted.failure { Notices.say(failure.words) }
        let report = StatReport(
            counters: counted.counters,
            account: counted.account,
            source: Words.list(paths.map(Self.name)),
            rows: rows
        )
        return try print(report, counted.status)
    }

    private static func name(_ path: RedisBytes) -> String { path == "-" ? "standard input" : "\(path)" }

    /// The commands of a server, if categories are asked for, which no table of ours has.
    private func commands(_ selection: RecordingSelection, _ target: Target) async throws(RedisError) -> CommandCatalog
    {
        guard !selection.categories.isEmpty else { return .builtIn }
        let configuration = try await target.openOne { _ in }
        let client = try RedisClient(configuration)
        do throws(RedisError) {
            let reply = try await client.send(["COMMAND"])
            await client.close()
            return CommandCatalog(reply, categories: selection.categories)
        } catch {
            await client.close()
            throw error.advised("command", [], configuration.user)
        }
    }

    /// Counts on the current thread, which may block.
    private func countHere(
        _ paths: [RedisBytes],
        _ selection: RecordingSelection,
        _ table: CommandCatalog,
        _ stop: StopFlag
    ) -> Counted {
        var tally = EventTally(Counters(settings), selection, table: table)
        var status = ExitStatus.success
        do throws(RedisError) {
            for path in paths {
                tally.recordingBegins()
                var reader = RecordingReader(try RecordingInput(path: path), longest: longestLine)
                guard try read(&reader, &tally, stop) else { break }
                if isStrict, tally.account.unreadable > 0 {
                    status = .inputInvalid
                    Notices.say("line \(tally.account.lines) of \(Self.name(path)) cannot be used (--strict)")
                    break
                }
            }
        } catch {
            return Counted(
                counters: tally.counters,
                account: tally.account,
                status: ExitStatus(error),
                failure: error
            )
        }
        let signal = stop.signal.load(ordering: .relaxed)
        return Counted(
            counters: tally.counters,
            account: tally.account,
            status: signal == 0 ? status : .signal(signal)
        )
    }

    /// Reads a recording. Returns `false` when nothing more is to be read.
    private func read(
        _ reader: inout RecordingReader,
        _ tally: inout EventTally,
        _ stop: StopFlag
    ) throws(RedisError) -> Bool {
        let limit = limit ?? .max
        while true {
            // Signals are asked for now and then.
            for _ in 0..<1024 {
                guard try reader.read(&tally) else { return true }
                if tally.counters.events >= limit { return false }
                if isStrict, tally.account.unreadable > 0 { return true }
            }
            if stop.signal.load(ordering: .relaxed) != 0 { return false }
        }
    }

    // MARK: Report

    private func print(_ report: StatReport, _ status: ExitStatus) throws(RedisError) -> ExitStatus {
        let output = try PlainOutput()
        switch form {
        case .text: for line in report.lines { output.line(line) }
        case .json: output.bytes(report.json)
        case .html: output.bytes(StatPage.bytes(of: report))
        }
        let failure = output.finish()
        if let page {
            do throws(RedisSystemError) { try write(report, to: page) } catch {
                Notices.say("cannot write \(page): \(error.reason)")
                return .outputFailed
            }
        }
        return failure.map { ExitStatus($0) } ?? status
    }

    /// Writes the page under another name, so that what has the right one is whole.
    private func write(_ report: StatReport, to page: RedisBytes) throws(RedisSystemError) {
        let part = page.bytes + Array(".part".utf8)
        let file = try OutputFile(creating: part)
        do throws(RedisSystemError) {
            try Self.write(StatPage.bytes(of: report), to: file)
            try file.synchronize()
            try FilePath.rename(part, to: page.bytes)
        } catch {
            try? FilePath.remove(part)
            throw error
        }
    }

    private static func write(_ bytes: [UInt8], to file: borrowing OutputFile) throws(RedisSystemError) {
        var offset = 0
        while offset < bytes.count {
            let count = RawOutput.write(bytes, from: offset, to: file.descriptor)
            if count < 0, count != -Int(EINTR) { throw RedisSystemError(call: "write", code: Int32(-count)) }
            offset += max(count, 0)
        }
    }
}

/// Tells the thread that reads recordings by which signal it is to end.
private final class StopFlag: Sendable {
    let signal = Atomic<Int32>(0)
}
