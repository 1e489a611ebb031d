import RedisCommands
import RedisCore
import RedisEvents
package import RedisRESP
import RedisReactor
import RedisStreams

/// `rwatch stream`, and `rwatch sub --durable`.
package struct WatchStreams: Sendable {
    /// What is read.
    private enum Source: Sendable {
        /// Streams, from a place on.
        case streams(DurableStart)
        /// Streams, as a consumer of a group.
        case group(RedisBytes, consumer: RedisBytes?, StreamGroupOptions)
        /// Durable channels, from a place on.
        case channels(DurableStart, usesShardChannels: Bool)
    }

    private let names: [RedisBytes]
    private let source: Source
    /// Where the positions are kept of what was written.
    private let stateFile: String?
    private let selection: Selection

    private init(_ names: [RedisBytes], _ source: Source, _ stateFile: String?, _ selection: Selection) {
        self.names = names
        self.source = source
        self.stateFile = stateFile
        self.selection = selection
    }

    /// Streams to read, from a place or behind what a file says, and which of their entries to print.
    package static func streams(
        _ names: [RedisBytes],
        from place: StreamPlace,
        keepingPositionsIn stateFile: String? = nil,
        selection: Selection = Selection()
    ) -> WatchStreams { WatchStreams(names, .streams(place.start), stateFile, selection) }

    /// Durable channels to read.
    package static func channels(
        _ names: [RedisBytes],
        from place: StreamPlace,
        keepingPositionsIn stateFile: String? = nil,
        selection: Selection = Selection()
    ) -> WatchStreams { WatchStreams(names, .channels(place.start, usesShardChannels: true), stateFile, selection) }

    /// Streams to read as a consumer of a group, which acknowledges what was written. A group that does not exist
    /// begins at the place; `nil` for a place where no group can begin.
    package static func group(
        _ group: RedisBytes,
        of names: [RedisBytes],
        consumer: RedisBytes? = nil,
        from place: StreamPlace,
        selection: Selection = Selection()
    ) -> WatchStreams? {
        var options = StreamGroupOptions()
        options.prefetch = prefetch
        switch place.start {
        case .beginning: options.start = .beginning
        case .now: options.start = .now
        case .after(let position): options.start = .after(position.id)
        case .time: return nil
        }
        return WatchStreams(names, .group(group, consumer: consumer, options), nil, selection)
    }

    private var kind: EventStreamKind { if case .channels = source { .messages } else { .entries } }

    /// How many entries of a group wait for the output at most.
    private static let prefetch = 256

    /// Prints what comes until the run ends. What the output has taken is kept or acknowledged then, so that whoever
    /// begins again with the same file or group misses nothing.
    package func run(_ target: Target, form: EventForm, settings: RunSettings) async -> ExitStatus {
        var settings = settings
        // The server keeps what is not read, so nothing need be dropped.
        if settings.overflow == nil { settings.overflow = .block }
        let cursor = stateFile.map { DurableFileCursor(path: $0) }
        let lock: StateLock?
        do throws(RedisError) { lock = try stateFile.map { path throws(RedisError) in try StateLock(of: path) } } catch
        {
            Notices.say(error.words)
            return .outputFailed
        }
        defer { withExtendedLifetime(lock) {} }
        let keeper = StreamKeeper(cursor) { Notices.say($0) }
        let threads = Locked<[Promise<Void>]>([])
        let clients = Locked<[@Sendable () async -> Void]>([])
        let status = await WatchRun.run(settings.printing(form, of: kind), isJSON: form.isJSON) {
            run async throws(RedisError) in
            run.begin(with: form.header(of: kind))
            let configuration = try await target.openOne(run.atEnd)
            let client = try RedisClient(configuration.within(run), loop: run.loop)
            clients.withLock { $0.append { await client.close() } }
            let printing = Printing(run: run, form: form, filter: selection.filter(), keeper: keeper, threads: threads)
            switch source {
            case .streams(let start):
                let kept = try await positions(of: cursor)
                let reader = try StreamReader(of: starts(start, kept), on: client)
                run.atEnd { await reader.close() }
                try await begin(run, configuration) { () async throws(RedisError) in try await reader.start() }
                try await keep(await reader.starts(), besides: kept, in: cursor)
                try printing.begin(reader) { StreamRecord($0) }
            case .group(let name, let consumer, let options):
                let group = try StreamGroup(names, group: name, consumer: consumer, on: client, options: options)
                // Entries are acknowledged while the output is written, so it ends behind that.
                clients.withLock { $0.append { await group.close() } }
                try await begin(run, configuration) { () async throws(RedisError) in try await group.start() }
                try printing.begin(group) { StreamRecord($0, name) }
            case .channels(let start, let usesShardChannels):
                let kept = try await positions(of: cursor)
                let reader = try DurableSubscription(
                    to: starts(start, kept),
                    on: client,
                    usesShardChannels: usesShardChannels
                )
                run.atEnd { await reader.close() }
                try await begin(run, configuration) { () async throws(RedisError) in try await reader.start() }
                try await keep(await reader.starts(), besides: kept, in: cursor)
                try printing.begin(reader) { StreamRecord($0) }
            }
        }
        return await end(status, keeper, threads, clients)
    }

    private func end(
        _ status: ExitStatus,
        _ keeper: StreamKeeper,
        _ threads: Locked<[Promise<Void>]>,
        _ clients: Locked<[@Sendable () async -> Void]>
    ) async -> ExitStatus {
        let failure = await keeper.finish()
        for close in clients.withLock({ $0 }).reversed() { await close() }
        for thread in threads.withLock({ $0 }) { _ = await thread.result() }
        guard let failure else { return status }
        Notices.say("the positions were not kept: \(failure)")
        return status == .success ? .outputFailed : status
    }

    private func begin(
        _ run: WatchRun,
        _ configuration: RedisConfiguration,
        _ start: () async throws(RedisError) -> Void
    ) async throws(RedisError) {
        let what = if case .channels = source { "durable channel" } else { "stream" }
        do throws(RedisError) {
            try await run.begin(configuration, watching: Words.count(Set(names).count, what), start)
        } catch { throw error.advised("read", names, configuration.user) }
    }

    private func positions(
        of cursor: DurableFileCursor?
    ) async throws(RedisError) -> [RedisBytes: DurablePosition] {
        do { return try await cursor?.positions() ?? [:] } catch { throw Self.ofPositions(error) }
    }

    /// Keeps where those have begun that had no position yet, before anything is printed: what comes when this run has
    /// ended, and it has printed nothing, is not skipped by the next one.
    private func keep(
        _ starts: [RedisBytes: DurablePosition],
        besides kept: [RedisBytes: DurablePosition],
        in cursor: DurableFileCursor?
    ) async throws(RedisError) {
        let new = starts.filter { kept[$0.key] == nil }
        guard let cursor, !new.isEmpty else { return }
        do { try await cursor.save(new) } catch { throw Self.ofPositions(error) }
    }

    private static func ofPositions(_ error: any Error) -> RedisError {
        error as? RedisError ?? RedisError(.systemFailure, "the file of positions: \(error)")
    }

    /// Where each begins: behind the position that was kept, or where it was asked for.
    private func starts(
        _ start: DurableStart,
        _ kept: [RedisBytes: DurablePosition]
    ) -> [RedisBytes: DurableStart] {
        Dictionary(names.map { ($0, kept[$0].map { .after($0) } ?? start) }) { first, _ in first }
    }

    private struct Printing {
        let run: WatchRun
        let form: EventForm
        let filter: EventFilter?
        let keeper: StreamKeeper
        let threads: Locked<[Promise<Void>]>

        func begin<Source: RedisEventSource>(
            _ source: Source,
            _ read: @escaping @Sendable (Source.Event) -> StreamRecord
        ) throws(RedisError) {
            let ended = Promise<Void>()
            threads.withLock { $0.append(ended) }
            let printer = StreamPrinter(
                source: source,
                run: run,
                form: form,
                filter: filter,
                keeper: keeper,
                read: read,
                ended: ended
            )
            do throws(RedisError) { try printer.start() } catch {
                ended.complete(.success(()))
                throw error
            }
        }
    }
}
