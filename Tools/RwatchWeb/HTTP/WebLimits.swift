import NIOHTTP1

/// How much of the server anybody may use who can connect.
package struct WebLimits: Sendable {
    /// Connections at once; those beyond are answered with 503, and beyond twice as many are closed.
    package var connections = 64
    package var headers = 64
    /// The bytes of one header, and of all of them with the request's target.
    package var headerSize = 8 << 10
    package var headSize = 16 << 10
    package var bodySize = 1 << 20
    /// How long a request may take to come, and a closed connection to end.
    package var patience = Duration.seconds(10)
    /// How often a page gets events, and how many times as seldom the state.
    package var pagePace = Duration.milliseconds(200)
    package var stateTurns = 5
    /// How often the reader of `/events` is looked after although nothing comes: one that is gone is noticed then.
    package var silence = Duration.seconds(15)

    package init() {}

    var decoder: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldCount = headers
        limits.maxHeaderFieldSize = headerSize
        limits.maxHeaderListSize = headSize
        return limits
    }
}
