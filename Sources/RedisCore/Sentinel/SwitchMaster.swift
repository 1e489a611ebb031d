/// What Sentinels publish to `+switch-master` when another server has become the primary
/// (https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/): `<name> <old ip> <old port> <new ip> <new port>`.
package struct SwitchMaster: Sendable, Equatable {
    /// The channel that it comes on.
    static let channel: RedisBytes = "+switch-master"

    package let name: String
    package let primary: RedisEndpoint

    /// `nil` when the payload has not this form.
    package init?(_ payload: RedisBytes) {
        guard payload.count <= 2048, let text = payload.text else { return nil }
        let words = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        // No name that Sentinels take holds a blank.
        guard words.count == 5, !words[0].isEmpty,
            let primary = RedisEndpoint(sentinelHost: String(words[3]), port: String(words[4]))
        else { return nil }
        name = String(Substring(words[0]))
        self.primary = primary
    }
}
