import RedisCommands
package import RedisCore
import RedisPOSIX
import RedisRESP
import RedisReactor
import RwatchKit
import Synchronization

/// What the server answers to each request.
package final class WebSite: Sendable {
    /// How many pages and programs may read events at once.
    package static let mostViewers = 32

    package let gate: RequestGuard
    private let source: WebSource
    private let hub: EventHub
    private let poller: NodePoller
    private let desk: SubscriptionDesk
    /// What publishes; `nil` when pages must not.
    private let publishing: RedisConfiguration?
    private let publisher = Locked<RedisClient?>(nil)
    private let redaction: String
    /// The state as it was sent last, and when: all pages of one moment get the same.
    private let state = Locked<(time: ContinuousClock.Instant, bytes: [UInt8])?>(nil)

    package init(
        _ gate: RequestGuard,
        source: WebSource,
        hub: EventHub,
        poller: NodePoller,
        desk: SubscriptionDesk,
        publishing: RedisConfiguration?,
        redaction: String
    ) {
        self.gate = gate
        self.source = source
        self.hub = hub
        self.poller = poller
        self.desk = desk
        self.publishing = publishing
        self.redaction = redaction
    }

    /// Ends what it has opened by itself.
    package func close() async { await publisher.withLock { exchange(&$0, with: nil) }?.close() }

    /// Answers a request.
    package func answer(_ request: WebRequest) async -> WebAnswer {
        if let refusal = gate.refusal(of: request) {
            let (status, text) = refusal.answer
            return .response(.text(status, text))
        }
        switch (request.method, request.path) {
        case (.get, "/stream"): return stream(.page, request)
        case (.get, "/events"): return stream(.lines, request)
        case (.get, "/check"): return .response(check(request))
        case (.get, "/metrics"), (.head, "/metrics"): return .response(metrics())
        case (.get, "/state"): return .response(.json(stateBytes()))
        case (.post, "/subscribe"): return .response(await subscribe(request))
        case (.post, "/unsubscribe"): return .response(await unsubscribe(request))
        case (.post, "/publish"): return .response(await publish(request))
        case (.get, let path), (.head, let path):
            guard let asset = PageAssets.all[path] else { return .response(.text(404, "There is nothing here.")) }
            var response = WebResponse(200, asset.type, body: asset.bytes)
            if path == "/", !request.query["token"].isEmpty {
                let cookie = "\(gate.cookieName)=\(gate.token.text); Path=/; HttpOnly; SameSite=Strict"
                response.headers.append(("Set-Cookie", cookie))
            }
            return .response(response)
        default:
            var response = WebResponse.text(405, "This method is not for this path.")
            response.headers.append(("Allow", "GET, HEAD, POST"))
            return .response(response)
        }
    }

    // MARK: Events

    private func stream(_ form: EventQueue.Form, _ request: WebRequest) -> WebAnswer {
        let selection: ViewerSelection
        do throws(ViewerSelection.Mistake) { selection = try ViewerSelection(request.query) } catch {
            return .response(.text(400, error.words))
        }
        let viewer = Viewer(form, selection, limits: form == .page ? .page : .lines)
        let lastID = request.headers(named: "last-event-id").last.flatMap { Int($0) }
        guard hub.attach(viewer, most: Self.mostViewers, lastID: lastID) else {
            return .response(.text(503, "\(Self.mostViewers) readers are here already."))
        }
        return .stream(viewer, type: form == .page ? "text/event-stream" : "application/x-ndjson")
    }

    /// Ends the stream of a viewer.
    package func ended(_ viewer: Viewer) { hub.detach(viewer) }

    /// What a page gets first.
    package func greeting() -> [UInt8] {
        var buffer = OutputBuffer(capacity: 256)
        buffer.append(literal: "{\"v\":1")
        buffer.text("version", Library.version)
        buffer.text("source", source.rawValue)
        buffer.text("redact", redaction)
        buffer.append(literal: publishing == nil ? ",\"publish\":false}" : ",\"publish\":true}")
        return ServerSentEvent.bytes("hello", buffer.take())
    }

    /// The state for pages, as a server-sent event.
    package func stateEvent() -> [UInt8] { ServerSentEvent.bytes("state", stateBytes()) }

    /// The number by which a page tells what it has seen.
    package var eventNumber: Int { hub.events }

    private func stateBytes() -> [UInt8] {
        let now = ContinuousClock.now
        if let last = state.withLock({ $0 }), last.time.duration(to: now) < .milliseconds(500) { return last.bytes }
        let json = StateJSON(
            source: source,
            nodes: poller.nodes,
            samples: source == .stats ? poller.samples : nil,
            subscriptions: desk.subscriptions
        )
        let bytes = hub.look { json.bytes($0) }
        state.withLock { $0 = (now, bytes) }
        return bytes
    }

    private func metrics() -> WebResponse {
        let page = MetricsPage(
            source: source,
            nodes: poller.nodes,
            samples: source == .stats ? poller.samples : nil,
            version: Library.version
        )
        return WebResponse(200, PrometheusText.type, body: hub.look { page.bytes($0) })
    }

    /// Whether a selection can be read, and where it cannot.
    private func check(_ request: WebRequest) -> WebResponse {
        do throws(ViewerSelection.Mistake) {
            _ = try ViewerSelection(request.query)
            return .json(Array("{\"ok\":true}".utf8))
        } catch {
            var buffer = OutputBuffer(capacity: 256)
            buffer.append(literal: "{\"ok\":false")
            buffer.text("field", error.field)
            buffer.text("message", error.message)
            buffer.text("words", error.words)
            if let offset = error.offset { buffer.member("offset", offset) }
            buffer.append(UInt8(ascii: "}"))
            return .json(buffer.take())
        }
    }

    // MARK: Actions

    private func subscribe(_ request: WebRequest) async -> WebResponse {
        guard let one = Self.subscription(request) else { return Self.problem(400, "name a channel or a pattern") }
        do throws(RedisError) {
            try await desk.subscribe([one])
            forgetState()
            return .json(Array("{\"ok\":true}".utf8))
        } catch { return Self.problem(502, error.words) }
    }

    private func unsubscribe(_ request: WebRequest) async -> WebResponse {
        guard let one = Self.subscription(request) else { return Self.problem(400, "name a channel or a pattern") }
        do throws(RedisError) {
            try await desk.unsubscribe(one)
            forgetState()
            return .json(Array("{\"ok\":true}".utf8))
        } catch { return Self.problem(502, error.words) }
    }

    private func publish(_ request: WebRequest) async -> WebResponse {
        guard let publishing else { return Self.problem(403, "publishing is off: --allow-publish turns it on") }
        guard let form = FormFields(request.body), let channel = form["channel"].first, !channel.isEmpty,
            let payload = form["payload"].first
        else { return Self.problem(400, "a channel and a payload are needed") }
        let verb: RedisBytes = form["shard"].isEmpty ? "PUBLISH" : "SPUBLISH"
        do throws(RedisError) {
            let reply = try await client(publishing).send(
                [verb, RedisBytes(channel), RedisBytes(payload)],
                timeout: .seconds(10)
            )
            return .json(Array("{\"ok\":true,\"receivers\":\(reply.count ?? 0)}".utf8))
        } catch {
            return Self.problem(502, error.advised("publish to", [RedisBytes(channel)], publishing.user).words)
        }
    }

    private func client(_ configuration: RedisConfiguration) throws(RedisError) -> RedisClient {
        if let client = publisher.withLock({ $0 }) { return client }
        let client = try RedisClient(configuration)
        publisher.withLock { $0 = client }
        return client
    }

    private func forgetState() { state.withLock { $0 = nil } }

    private static func subscription(_ request: WebRequest) -> PageSubscription? {
        guard let form = FormFields(request.body), let name = form["name"].first, !name.isEmpty,
            let kind = form["kind"].first.flatMap({
                PageSubscription.Kind(rawValue: String(decoding: $0, as: UTF8.self))
            })
        else { return nil }
        return PageSubscription(kind, RedisBytes(name))
    }

    private static func problem(_ status: Int, _ text: String) -> WebResponse {
        var buffer = OutputBuffer(capacity: 256)
        buffer.append(literal: "{\"ok\":false")
        buffer.text("message", text.shown(upTo: ShownText.noticeLimit))
        buffer.append(UInt8(ascii: "}"))
        return .json(buffer.take(), status: status)
    }
}
