package import RedisCore
import RedisRESP
package import RedisReactor

/// Asks one server for its figures, over a link of its own: INFO, CLIENT LIST, PUBSUB and HOTKEYS, never MONITOR. One
/// task asks at a time.
package actor ServerQuestions {
    /// No more channels are asked for their subscribers at a time.
    private static let mostChannels = 1024
    /// After that long, a server is asked for its channels again. It looks through all of them for that.
    private static let channelPause = Duration.seconds(5)
    /// So many channels cost a second of waiting.
    private static let channelsPerSecond = 10_000
    private static let timeout = Duration.seconds(10)

    package nonisolated let node: RedisEndpoint
    private let configuration: RedisConfiguration
    private let loop: RedisEventLoop
    private var link: CommandLink?
    /// Whether no link may be opened for now.
    private var isPaused = false
    private var pace = ClientListPace()
    /// What the server refuses to tell: it is not asked again.
    private var refused: Set<String> = []
    private var lastChannels: (at: ContinuousClock.Instant, pause: Duration, list: [ServerSample.Channel], count: Int)?

    package init(_ configuration: RedisConfiguration, on loop: RedisEventLoop) {
        node = configuration.endpoint
        self.configuration = configuration.forQuestions
        self.loop = loop
    }

    /// What the server says now.
    ///
    /// - Throws: Why it does not answer. A question that it refuses is left out instead, except INFO.
    package func ask() async throws(RedisError) -> ServerSample {
        let link = try openLink()
        do throws(RedisError) { return try await ask(link) } catch {
            // After a refusal the link is as good as before.
            if !error.isAnswer {
                self.link = nil
                link.closeNow()
            }
            throw error
        }
    }

    private func openLink() throws(RedisError) -> CommandLink {
        if let link { return link }
        guard !isPaused else { throw RedisError(.closed, "no questions are asked while the process is stopped") }
        let link = try CommandLink(configuration.withUniqueName("stats"), limits: .clientList, loop: loop)
        self.link = link
        return link
    }

    private func ask(_ link: CommandLink) async throws(RedisError) -> ServerSample {
        // The time in which the link is opened is none of the answers'.
        if await link.facts == nil { _ = try await link.send(["PING"], timeout: Self.timeout) }
        let begun = ContinuousClock.now
        let info = try await link.send(["INFO", "all"], timeout: Self.timeout)
        var sample = ServerSample(at: RedisTimestamp.now().microseconds, InfoReply(info.bytes ?? ""))
        if pace.want(at: .now, within: .zero) != nil, pace.next(at: .now) != nil {
            let asked = ContinuousClock.now
            if let reply = try await answer(["CLIENT", "LIST"], link, &sample) {
                let rows = ClientRows(reply.bytes ?? "")
                pace.wasAnswered(clients: rows.told, in: asked.duration(to: .now), at: .now)
                sample.clients = rows
            } else {
                pace.failed(isRefusal: true)
            }
        }
        try await askChannels(link, &sample)
        sample.patterns = try await answer(["PUBSUB", "NUMPAT"], link, &sample)?.integer?.asCount
        // Only some servers know it, and the others are asked once.
        if let reply = try await answer(["HOTKEYS", "GET"], link, &sample) { sample.hotKeys = HotKeys(reply) }
        sample.answerTime = begun.duration(to: .now)
        return sample
    }

    /// The answer to a question; `nil` when the server refuses it, now or before.
    private func answer(
        _ command: RedisCommand,
        _ link: CommandLink,
        _ sample: inout ServerSample
    ) async throws(RedisError) -> RESPValue? {
        let name = command.arguments.prefix(2).map { "\($0)" }.joined(separator: " ")
        guard !refused.contains(name) else { return nil }
        sample.questions += 1
        do throws(RedisError) { return try await link.send(command, timeout: Self.timeout) } catch {
            guard error.isAnswer else { throw error }
            // Another refusal may be for now alone.
            if error.lacksCommand || error.code == .notPermitted { refused.insert(name) }
            return nil
        }
    }

    private func askChannels(_ link: CommandLink, _ sample: inout ServerSample) async throws(RedisError) {
        if let last = lastChannels, ContinuousClock.now - last.at < last.pause {
            (sample.channels, sample.channelCount) = (last.list, last.count)
            return
        }
        var list: [ServerSample.Channel] = []
        var count = 0
        for (names, numbers, isSharded) in [("CHANNELS", "NUMSUB", false), ("SHARDCHANNELS", "SHARDNUMSUB", true)] {
            guard let reply = try await answer(["PUBSUB", RedisBytes(names)], link, &sample) else { continue }
            let channels = reply.elements ?? []
            count = count.addingSaturated(channels.count)
            let asked = channels.prefix(Self.mostChannels - min(list.count, Self.mostChannels)).compactMap(\.bytes)
            guard !asked.isEmpty else { continue }
            let question = RedisCommand(["PUBSUB", RedisBytes(numbers)] + asked)
            guard let pairs = try await answer(question, link, &sample) else { continue }
            list += Self.channels(pairs, isSharded)
        }
        let pause = max(Self.channelPause, .seconds(1) * (Double(count) / Double(Self.channelsPerSecond)))
        lastChannels = (.now, pause, list, count)
        (sample.channels, sample.channelCount) = (list, count)
    }

    private static func channels(_ reply: RESPValue, _ isSharded: Bool) -> [ServerSample.Channel] {
        let values = reply.pairs.map { $0.flatMap { [$0.key, $0.value] } } ?? reply.elements ?? []
        return stride(from: 0, to: min(values.count, 2 * mostChannels) - 1, by: 2).compactMap { index in
            guard let name = values[index].bytes, let count = values[index + 1].integer?.asCount else { return nil }
            return ServerSample.Channel(name: Array(name.prefix(512)), subscribers: count, isSharded: isSharded)
        }
    }

    /// Ends the link, and opens none until `resume`, whoever asks meanwhile: a question may have been on its way here.
    package func pause() async {
        isPaused = true
        await close()
    }

    /// Lets questions open a link again.
    package func resume() { isPaused = false }

    /// Ends the link. The next question opens another one.
    package func close() async {
        let link = exchange(&self.link, with: nil)
        await link?.close()
    }
}
