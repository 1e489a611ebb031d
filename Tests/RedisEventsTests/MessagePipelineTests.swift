import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor
import TestSupport
import Testing

@Suite("The way of messages over a link", .tags(.unit), .timeLimit(.minutes(2)))
struct MessagePipelineTests {
    @Test(
        "delivers the same wherever reads cut the stream, whoever finds the messages, and whichever filters are active"
    )
    func everyCut() throws {
        for seed in UInt64(1)...120 {
            var random = SplitMix(state: seed)
            let script = PipelineScript(&random)
            // By the parser alone, a message at a time.
            let expected = try PipelineLink(script.setup).play(script, usesParserOnly: true) { 1 }
            #expect(expected.delivered == script.delivered, "seed \(seed), \(script.setup)")
            #expect(expected.counts == script.counts, "seed \(seed), \(script.setup)")
            let longest = [1, 7, 60, 400, 100_000]
            for length in longest {
                let found = try PipelineLink(script.setup).play(script) {
                    Int.random(in: 1...length, using: &random)
                }
                #expect(found == expected, "seed \(seed), reads of up to \(length) bytes, \(script.setup)")
            }
        }
    }

    @Test(
        "puts the record of a gap in front of the first message after it, and none where every message is a repetition"
    )
    func gaps() throws {
        for seed in UInt64(1)...40 {
            var random = SplitMix(state: seed)
            var script = PipelineScript(&random)
            script.setup.part = .channels
            script.setup.isLost = true
            script.setup.isNodeNew = true
            let one = PipelineMessage(kind: .message, channel: "c1", payload: "equal")
            script.before = [one, one]
            script.after = [one, one]
            let quiet = try PipelineLink(script.setup).play(script) { Int.random(in: 1...200, using: &random) }
            #expect(quiet.stream.filter { $0.hasPrefix("gap") } == ["gap, complete"], "seed \(seed)")
            script.after = [one, one, one]
            let loud = try PipelineLink(script.setup).play(script) { Int.random(in: 1...200, using: &random) }
            let told = loud.stream.drop { $0 != "link lost" }.filter { $0.hasPrefix("gap") || $0.hasPrefix("message") }
            #expect(told == ["gap", "message c1 equal 1 ", "gap, complete"], "seed \(seed)")
        }
    }
}

extension MessagePipelineTests {
    @Test("tells a dedicated subscription what was left out of it, also while the gap of another name is open")
    func leftOutDuringGap() throws {
        var setup = PipelineSetup(part: .shard(7))
        setup.hasDedicated = true
        setup.isLost = true
        setup.isNodeNew = true
        let told = try PipelineLink(setup).playLeftOut()
        #expect(told == ["gap, complete", "gap"])
    }
}

/// What is subscribed on a link, and what its filters have to do.
struct PipelineSetup {
    var part: ClusterLinkDelegate.Part?
    /// Whether a layer above the link makes one stream of it and another.
    var isUnderLayer = false
    var hasProbe = false
    var hasDedicated = false
    /// Whether the sink lends its segment.
    var lends = false
    var speaksRESP3 = true
    /// Whether the link is lost between the two halves.
    var isLost = false
    /// And goes to another node then.
    var isNodeNew = false

    var isOfShard: Bool {
        if case .shard = part { return true }
        return false
    }
}

struct PipelineMessage: Hashable {
    var kind: PubSub.Message.Kind
    var pattern = RedisBytes()
    /// Empty is the probe's.
    var channel: RedisBytes
    var payload: RedisBytes

    /// Whether some name of a link lets it in.
    var isKnown: Bool {
        let name = kind == .pmessage ? pattern : channel
        return name.bytes.last != UInt8(ascii: "x")
    }

    func frame(_ setup: PipelineSetup, _ probe: RedisBytes) -> [UInt8] {
        let head = "\(setup.speaksRESP3 ? ">" : "*")\(kind == .pmessage ? 4 : 3)\r\n"
        var words: [RedisBytes] = [RedisBytes("\(kind)")]
        if kind == .pmessage { words.append(pattern) }
        words += [channel.isEmpty ? probe : channel, payload]
        return words.reduce(into: Array(head.utf8)) { $0 += Self.bulk($1) }
    }

    static func bulk(_ bytes: RedisBytes) -> [UInt8] {
        Array("$\(bytes.count)\r\n".utf8) + bytes.bytes + Array("\r\n".utf8)
    }
}

/// A setup and its traffic, drawn at random, and what has to come of it.
struct PipelineScript {
    static let names: [(kind: RedisSubscriptionKind, name: RedisBytes)] = [
        (.channel, "c0"), (.channel, "c1"), (.channel, "c2"), (.channel, "c3"), (.channel, "c4"),
        (.channel, "__keyspace@0__:k"), (.pattern, "p0*"), (.pattern, "p1*"), (.pattern, "p2*"), (.shardChannel, "s0"),
        (.shardChannel, "s1"), (.shardChannel, "s2"),
    ]

    var setup: PipelineSetup
    var before: [PipelineMessage] = []
    var after: [PipelineMessage] = []

    init(_ random: inout SplitMix) {
        let parts: [ClusterLinkDelegate.Part?] = [nil, .channels, .shard(7)]
        setup = PipelineSetup(part: parts[Int.random(in: 0..<3, using: &random)])
        if case .channels? = setup.part { setup.isUnderLayer = .random(using: &random) }
        setup.hasProbe = .random(using: &random)
        setup.hasDedicated = .random(using: &random)
        setup.lends = .random(using: &random)
        setup.speaksRESP3 = .random(using: &random)
        setup.isLost = .random(using: &random)
        setup.isNodeNew = .random(using: &random)
        before = Self.messages(&random, setup, others: [])
        after = Self.messages(&random, setup, others: before)
    }

    private static func messages(_ random: inout SplitMix, _ setup: PipelineSetup, others: [PipelineMessage])
        -> [PipelineMessage]
    {
        let names = names.map(\.name) + ["cx", "sx", "px"]
        var messages: [PipelineMessage] = []
        for _ in 0..<Int.random(in: 0...25, using: &random) {
            var message = PipelineMessage(kind: .message, channel: "", payload: "")
            if let other = others.randomElement(using: &random), Bool.random(using: &random) {
                message = other
            } else if !setup.hasProbe || Int.random(in: 0..<5, using: &random) > 0 {
                let name = names[Int.random(in: 0..<names.count, using: &random)]
                message.kind =
                    name.bytes[0] == UInt8(ascii: "p")
                    ? .pmessage : name.bytes[0] == UInt8(ascii: "s") ? .smessage : .message
                message.channel =
                    message.kind == .pmessage
                    ? ["c0", "p", "__keyspace@0__:k"][Int.random(in: 0..<3, using: &random)] : name
                if message.kind == .pmessage { message.pattern = name }
            } else if Bool.random(using: &random) {
                (message.kind, message.pattern) = (.pmessage, "p0*")
            }
            let length = [0, 1, 8, 300][Int.random(in: 0..<4, using: &random)]
            if message.payload.isEmpty {
                message.payload = RedisBytes((0..<length).map { _ in UInt8.random(in: 48...57, using: &random) })
            }
            messages += Array(repeating: message, count: Int.random(in: 1...4, using: &random))
        }
        return messages
    }

    /// What passes the filters.
    private var passed: [PipelineMessage] {
        let hidden = { (message: PipelineMessage) in message.channel.isEmpty }
        let first = before.filter { !hidden($0) }
        guard setup.isLost, setup.isNodeNew, setup.part != nil else { return first + after.filter { !hidden($0) } }
        var repeats = Dictionary(first.map { ($0, 1) }, uniquingKeysWith: +)
        return first
            + after.filter { message in
                if hidden(message) { return false }
                guard let count = repeats[message], count > 0 else { return true }
                repeats[message] = count - 1
                return false
            }
    }

    /// What somebody takes, each message as often as there are takers.
    var delivered: [String: Int] {
        var delivered: [String: Int] = [:]
        for message in passed where message.isKnown || !setup.isOfShard {
            let name = message.kind == .pmessage ? message.pattern : message.channel
            var takers = 1
            if setup.hasDedicated, name == "c4" { takers = 2 }
            delivered["\(message.channel) \(message.payload)", default: 0] += takers
        }
        return delivered
    }

    /// How many the loss account counts, by the raw value of the kind.
    var counts: [Int] {
        let counted = passed.filter { !$0.channel.bytes.starts(with: [UInt8(ascii: "_"), UInt8(ascii: "_")]) }
        let probes = (before + after).count { $0.channel.isEmpty && $0.kind == .message }
        return [PubSub.Message.Kind.message, .pmessage, .smessage].map { kind in
            counted.count { $0.kind == kind } + (kind == .message ? probes : 0)
        }
    }
}

/// A driver, and what comes out of it.
final class PipelineLink {
    struct Outcome: Equatable {
        var stream: [String] = []
        var inline: [String] = []
        var dedicated: [String] = []
        var counts: [Int] = []

        /// The messages, however they were taken.
        var delivered: [String: Int] {
            let words = (stream + inline + dedicated).filter { $0.hasPrefix("message") }.map {
                $0.split(separator: " ", omittingEmptySubsequences: false)
            }
            return words.reduce(into: [:]) { $0["\($1[1]) \($1[2])", default: 0] += 1 }
        }
    }

    private let setup: PipelineSetup
    private let driver: PubSubDriver
    private let sink: PipelineSink
    private let inline = Locked<[String]>([])
    /// The buffers of two dedicated subscriptions.
    private let dedicated = ["c3", "c4"].map { _ in Mailbox<PubSubControl>(limit: RedisBufferLimit()) }
    /// What the layer above was told of.
    private let leftOut = Locked<Set<RedisGap.Name>>([])
    private var probe = RedisBytes()
    /// When all reads were, as far as the driver knows: nothing depends on how fast the test runs.
    private let began = Moment.now()

    init(_ setup: PipelineSetup) {
        self.setup = setup
        sink = PipelineSink(lends: setup.lends)
        var configuration = RedisConfiguration(endpoint: .tcp(host: "a", port: 1))
        configuration.lossBoundInterval = nil
        if setup.hasProbe { configuration.deliveryProbe = RedisDeliveryProbe() }
        var layer: ClusterLinkDelegate.Layer?
        if setup.isUnderLayer {
            layer = ClusterLinkDelegate.Layer(
                gaveUp: { _, _ in },
                leftOut: { [leftOut] names, _ in leftOut.withLock { $0.formUnion(names) } }
            )
        }
        var delegate: ClusterLinkDelegate?
        if let part = setup.part {
            delegate = ClusterLinkDelegate(part, isReplacement: false, cluster: WeakCluster(), layer: layer)
        }
        driver = PubSubDriver(
            configuration: configuration,
            context: PubSubContext(handlers: HandlerTable(), subscribedNames: SubscribedNames(), sink: sink),
            requests: DriverRequests(configuration),
            clusterDelegate: delegate
        )
    }

    /// The script, in reads of these lengths. The filters keep what they have to.
    func play(_ script: PipelineScript, usesParserOnly: Bool = false, length: () -> Int) throws -> Outcome {
        var output = WriteBuffer()
        subscribe(&output)
        var confirmations = ready("a", &output)
        try feed(confirmations.flatMap { $0 }, at: began, usesParserOnly, length)
        let isDeep = setup.isLost && setup.isNodeNew
        // What came first is recent for longer than the test runs.
        let first = isDeep ? Moment(wall: began.wall, monotonic: began.monotonic + .seconds(1000)) : began
        try feed(script.before.flatMap { $0.frame(setup, probe) }, at: first, usesParserOnly, length)
        if setup.isLost {
            driver.linkWasLost(RedisDisconnect(.endOfStream, "test"), lastReceived: began)
            confirmations = ready(setup.isNodeNew ? "b" : "a", &output)
            let late = confirmations.popLast() ?? []
            try feed(confirmations.flatMap { $0 }, at: began, usesParserOnly, length)
            try feed(script.after.flatMap { $0.frame(setup, probe) } + late, at: began, usesParserOnly, length)
        } else {
            try feed(script.after.flatMap { $0.frame(setup, probe) }, at: first, usesParserOnly, length)
        }
        var outcome = Outcome()
        outcome.stream = sink.log
        outcome.inline = inline.withLock { $0 }
        outcome.dedicated = dedicated.flatMap(Self.drain)
        let received = driver.filters.losses.machine.account.received
        outcome.counts = [received.channelMessages, received.patternMessages, received.shardMessages]
        return outcome
    }

    /// A message of a dedicated subscription comes on two nodes. While its repetition is expected, the server takes
    /// another name away. Returns the gaps of the subscription.
    func playLeftOut() throws -> [String] {
        var output = WriteBuffer()
        subscribe(&output)
        let later = Moment(wall: began.wall, monotonic: began.monotonic + .seconds(1000))
        let message = PipelineMessage(kind: .message, channel: "c3", payload: "equal").frame(setup, probe)
        let other = PipelineMessage(kind: .message, channel: "c0", payload: "other").frame(setup, probe)
        let revocation = Array(">3\r\n".utf8) + PipelineMessage.bulk("sunsubscribe") + PipelineMessage.bulk("s0")
        try feed(ready("a", &output).flatMap { $0 }, at: began, false) { 1000 }
        try feed(message, at: later, false) { 1000 }
        driver.linkWasLost(RedisDisconnect(.endOfStream, "test"), lastReceived: began)
        try feed(ready("b", &output).flatMap { $0 }, at: began, false) { 1000 }
        try feed(message + revocation + Array(":0\r\n".utf8), at: began, false) { 1000 }
        driver.echoWindowEnded()
        try feed(other, at: began, false) { 1000 }
        return dedicated.prefix(1).flatMap(Self.drain).filter { $0.hasPrefix("gap") }
    }

    private func subscribe(_ output: inout WriteBuffer) {
        for (kind, name) in PipelineScript.names {
            if setup.hasDedicated, name == "c3" || name == "c4" {
                driver.subscribeDedicated(kind, [name], dedicated[name == "c3" ? 0 : 1], Promise(), &output)
                if name == "c3" { continue }
            }
            let number = name.bytes[1]
            let inline = PubSub.Handler.inline { [inline] view in
                let text = Self.text(PubSub.Message(view))
                inline.withLock { $0.append(text) }
            }
            let handlers: RequestedHandlers =
                switch number {
                case UInt8(ascii: "1"): .one(.calling { _ in })
                case UInt8(ascii: "2"): .one(inline)
                default: .none
                }
            driver.subscribe(kind, [name], handlers, Promise(), &output)
        }
    }

    /// A link is ready. Returns what the server answers.
    private func ready(_ host: String, _ output: inout WriteBuffer) -> [[UInt8]] {
        var facts = ServerFacts(protocolVersion: setup.speaksRESP3 ? 3 : 2)
        facts.endpoint = .tcp(host: host, port: 1)
        facts.runID = "r"
        driver.readBegan(at: began)
        driver.linkIsReady(facts, output: &output)
        var commands: [UInt8] = []
        output.append { commands = $0 }
        output.removeAll()
        var answers: [[UInt8]] = []
        var parser = FrameParser()
        var start = 0
        while start < commands.count {
            let bytes = commands.span.rawBytes.extracting(start..<commands.count)
            guard let progress = try? parser.parse(bytes), case .frame(let count) = progress else { break }
            let words = RESPValue(Frame(bytes: bytes, nodes: parser.frameNodes)).elements?.compactMap(\.bytes) ?? []
            start += count
            for name in words.dropFirst() {
                if name.bytes.starts(with: Array("redis-events:probe:".utf8)) { probe = name }
                let verb = PipelineMessage.bulk(RedisBytes(words[0].description.lowercased()))
                answers.append(
                    Array((setup.speaksRESP3 ? ">3\r\n" : "*3\r\n").utf8) + verb + PipelineMessage.bulk(name)
                        + Array(":1\r\n".utf8)
                )
            }
        }
        return answers
    }

    /// Gives whole frames to the driver as a session does.
    private func feed(_ bytes: [UInt8], at moment: Moment, _ usesParserOnly: Bool, _ length: () -> Int) throws {
        var parser = FrameParser()
        var (rest, unread) = (bytes[...], [UInt8]())
        var output = WriteBuffer()
        while !rest.isEmpty {
            let count = min(length(), rest.count)
            unread += rest.prefix(count)
            rest = rest.dropFirst(count)
            driver.readBegan(at: moment)
            var start = 0
            while start < unread.count {
                if parser.isAtFrameStart, !usesParserOnly {
                    let prefix = driver.consumePrefix(
                        at: unread.span.rawBytes.extracting(start..<unread.count),
                        limits: RedisFrameLimits()
                    )
                    parser.skip(prefix.byteCount)
                    start += prefix.byteCount
                    if start == unread.count { break }
                }
                let input = unread.span.rawBytes.extracting(start..<unread.count)
                guard case .frame(let count) = try parser.parse(input) else { break }
                try driver.received(Frame(bytes: input, nodes: parser.frameNodes), output: &output)
                start += count
            }
            unread.removeFirst(start)
            driver.readEnded(isDrained: true)
        }
    }

    static func text(_ message: PubSub.Message, handler: UInt32? = nil) -> String {
        [
            "message", "\(message.channel)", "\(message.payload)", handler.map { "\($0)" } ?? "",
            message.pattern.map { "\($0)" } ?? "",
        ].joined(separator: " ")
    }

    static func text(_ event: PubSub.Event) -> String {
        switch event {
        case .subscribed(let change): "subscribed \(change.kind)"
        case .gap(let gap): gap.isComplete ? "gap, complete" : "gap"
        case .link(.lost): "link lost"
        case .link(.restored): "link restored"
        default: "other"
        }
    }

    /// All that waits in a mailbox.
    static func drain(_ mailbox: Mailbox<PubSubControl>) -> [String] {
        var log: [String] = []
        while case .item(let item) = mailbox.poll() {
            switch item {
            case .record(let record, let slab):
                log.append(text(PubSub.Message(slab: slab, record: record), handler: record.handler))
            case .control(.event(let event)): log.append(text(event))
            case .control(.release): break
            }
        }
        return log
    }
}

/// Takes everything into a mailbox, in a segment that it lends or a message at a time.
final class PipelineSink: PubSubSink {
    private let lends: Bool
    private let mailbox: Mailbox<PubSubControl>
    private var segment = Segment<PubSubControl>()

    init(lends: Bool, _ mailbox: Mailbox<PubSubControl> = Mailbox(limit: RedisBufferLimit())) {
        self.lends = lends
        self.mailbox = mailbox
    }

    var log: [String] { PipelineLink.drain(mailbox) }

    func lend() -> Segment<PubSubControl>? { lends ? exchange(&segment, with: Segment()) : nil }
    func takeBack(_ segment: Segment<PubSubControl>) { self.segment = segment }

    func message(_ view: borrowing PubSub.MessageView, handler: UInt32) {
        segment.append(
            kind: view.kind.rawValue,
            handler: handler,
            pattern: view.pattern,
            channel: view.channel,
            payload: view.payload,
            time: view.receivedAt
        )
    }

    func event(_ event: PubSub.Event) { segment.append(.event(event)) }
    func release(_ handler: UInt32) {}
    func turnEnded(isDrained: Bool) {
        // Nothing is held that the limit of a buffer does not count.
        #expect(segment.footprint <= segment.cost)
        mailbox.commit(&segment)
    }
    func ended(_ error: RedisError?) {}
    var pressure: MailboxPressure { mailbox.pressure }
}
