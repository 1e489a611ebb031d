import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor
import TestSupport
import Testing

/// What a mailbox counts when a link fills it: whole reads are copied as they came, and single events are packed.
@Suite("The account of a full mailbox", .tags(.unit), .timeLimit(.minutes(1)))
struct OverflowAccountTests {
    @Test(
        "is empty when all was read, however often reads did not fit as a whole",
        arguments: [OverflowRule.dropOldest, .dropNewest, .latestPerChannel, .pauseReading]
    )
    func account(_ rule: OverflowRule) throws {
        for seed in UInt64(1)...20 {
            var random = SplitMix(state: seed)
            let box = Mailbox<PubSubControl>(limit: RedisBufferLimit(events: 30, bytes: 4096), rule: rule)
            let link = FullLink(box)
            var sent = 0
            for _ in 0..<60 {
                let count = Int.random(in: 1...60, using: &random)
                if Int.random(in: 0..<3, using: &random) == 0 { link.linkEvent() }
                try link.read(channels: (0..<count).map { _ in Int.random(in: 0..<5, using: &random) }, at: sent)
                sent += count
                if Bool.random(using: &random) { continue }
                while case .item = box.poll() {}
                #expect(box.statistics.queuedEvents == 0, "seed \(seed)")
                #expect(box.statistics.queuedBytes == 0, "seed \(seed)")
            }
            while case .item = box.poll() {}
            let statistics = box.statistics
            #expect(statistics.deliveredEvents + statistics.droppedEvents == sent + link.linkEvents, "seed \(seed)")
            #expect(statistics.queuedBytes == 0, "seed \(seed)")
        }
    }
}

extension OverflowAccountTests {
    @Test("stops the link once far more than the limit waits, although a caller waits for a reply")
    func overfull() throws {
        let box = Mailbox<PubSubControl>(limit: RedisBufferLimit(bytes: 1000), rule: .pauseReading)
        let link = FullLink(box)
        link.subscribe("pending")
        var reads = 0
        while !link.isPaused, reads < 100 {
            try link.read(payload: 4 << 20)
            reads += 1
        }
        #expect(reads == 32)
        #expect(box.pressure == .overfull)
        while case .item = box.poll() {}
        #expect(box.pressure == .none)
        #expect(!link.isPaused)
    }
}

/// A link that fills a mailbox, without a server.
private final class FullLink {
    private let sink: PipelineSink
    private let driver: PubSubDriver
    private let began = Moment.now()
    private(set) var linkEvents = 0

    init(_ mailbox: Mailbox<PubSubControl>) {
        sink = PipelineSink(lends: true, mailbox)
        driver = PubSubDriver(into: sink)
    }

    /// Brings a message to each of these channels in one read.
    func read(channels: [Int], at number: Int) throws {
        try read(
            channels.enumerated().map { index, channel in
                let payload = RedisBytes("\(number + index)")
                return PipelineMessage(kind: .message, channel: RedisBytes("c\(channel)"), payload: payload)
            }
        )
    }

    /// Brings one message of so many bytes.
    func read(payload: Int) throws {
        let payload = RedisBytes([UInt8](repeating: 0x78, count: payload))
        try read([PipelineMessage(kind: .message, channel: "c0", payload: payload)])
    }

    private func read(_ messages: [PipelineMessage]) throws {
        let bytes = messages.flatMap { $0.frame(PipelineSetup(), RedisBytes()) }
        driver.readBegan(at: began)
        let prefix = driver.consumePrefix(at: bytes.span.rawBytes, limits: RedisFrameLimits())
        try #require(prefix.byteCount == bytes.count)
        driver.readEnded(isDrained: true)
    }

    /// A caller subscribes, and the server does not answer.
    func subscribe(_ channel: RedisBytes) {
        var output = WriteBuffer()
        driver.linkIsReady(ServerFacts(protocolVersion: 3), output: &output)
        driver.subscribe(.channel, [channel], .none, Promise(), &output)
    }

    /// Whether the link is not to be read now.
    var isPaused: Bool {
        if case .pause = driver.demand { return true }
        return false
    }

    /// Something happens to the link together with the next messages.
    func linkEvent() {
        linkEvents += 1
        sink.event(.link(.lost(RedisDisconnect(.endOfStream, "eof"), at: .now())))
    }
}

extension PubSubDriver {
    /// A driver without a server, whose link fills a sink.
    convenience init(into sink: PipelineSink) {
        var configuration = RedisConfiguration(endpoint: .tcp(host: "a", port: 1))
        configuration.lossBoundInterval = nil
        self.init(
            configuration: configuration,
            context: PubSubContext(handlers: HandlerTable(), subscribedNames: SubscribedNames(), sink: sink),
            requests: DriverRequests(configuration)
        )
    }
}
