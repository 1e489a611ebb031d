/// What the scripts publish when a lease ends. It wakes whoever waits. It decides nothing: who wakes asks the server.
package enum ReleaseNotice: Equatable {
    /// A lease was given back, and anybody may try.
    case released
    /// It is the turn of whoever tries with this token.
    case turn(of: RedisBytes)
    /// A fetch has ended well, and its result is there: the lease with this fence.
    case fetched(fence: Int)

    /// Reads a message. Whatever somebody else has published there counts as a lease that was given back.
    package init(_ payload: RedisBytes) {
        let words = payload.prefix(128).split(separator: UInt8(ascii: " "), maxSplits: 1)
        if words.count == 2, words[0].elementsEqual("turn".utf8) {
            self = .turn(of: RedisBytes(words[1]))
        } else if words.count == 2, words[0].elementsEqual("fetched".utf8), let fence: Int = words[1].decimal() {
            self = .fetched(fence: fence)
        } else {
            self = .released
        }
    }
}
