/// The options after the `?` of a URL. Of an option that is given twice, the last counts.
struct URLOptions {
    var database: Int?
    var clientName: String?
    var protocolVersion: RedisConfiguration.ProtocolVersion?
    var isCluster: Bool?
    var wantsReplicas: Bool?
    var isMirrored: Bool?
    var sentinelUser: String?
    var sentinelPassword: String?

    /// The options whose values are no secret.
    static let shown: Set<String> = [
        "db", "client_name", "protocol", "cluster", "replicas", "mirrored", "sentinel_username",
    ]

    init(_ options: [URLParts.Option]) throws(RedisError) {
        for option in options {
            switch option.name {
            case "db": database = try Self.database(option.value)
            case "client_name": clientName = option.value
            case "protocol":
                switch option.value {
                case "2": protocolVersion = .resp2
                case "3": protocolVersion = .resp3
                default: throw .url("protocol is neither 2 nor 3")
                }
            case "cluster": isCluster = try Self.flag(option)
            case "replicas": wantsReplicas = try Self.flag(option)
            case "mirrored": isMirrored = try Self.flag(option)
            case "sentinel_username": sentinelUser = option.value
            case "sentinel_password": sentinelPassword = option.value
            default:
                throw .url(
                    "unknown option; known are db, protocol, client_name, cluster, replicas, mirrored, sentinel_username and sentinel_password"
                )
            }
        }
    }

    /// Throws for options that have no meaning with such a server, because ignoring them would look like consent.
    func check(_ kind: URLScheme.Kind) throws(RedisError) {
        func refuse(_ isWrong: Bool, _ complaint: String) throws(RedisError) {
            if isWrong { throw .url(complaint) }
        }
        let hasSentinelUser = sentinelUser != nil || sentinelPassword != nil
        switch kind {
        case .cluster:
            try refuse(isCluster == false, "cluster=false contradicts the scheme")
            try refuse(database ?? 0 != 0, "a cluster has no database but 0")
        case .unix, .sentinel:
            try refuse(isCluster == true, "cluster=true is for redis, rediss, valkey and valkeys")
        case .server: break
        }
        try refuse(
            wantsReplicas == true && kind != .cluster && kind != .sentinel,
            "replicas=true needs a cluster or Sentinels"
        )
        try refuse(isMirrored == true && kind != .cluster, "mirrored=true needs a cluster")
        try refuse(hasSentinelUser && kind != .sentinel, "sentinel_username and sentinel_password need Sentinels")
        try refuse(sentinelUser != nil && sentinelPassword == nil, "sentinel_username needs sentinel_password")
    }

    static func database(_ text: String) throws(RedisError) -> Int {
        guard let value = Int(text), value >= 0, text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") }) else {
            throw .url("database is not a number from 0 up")
        }
        return value
    }

    private static func flag(_ option: URLParts.Option) throws(RedisError) -> Bool {
        switch option.value {
        case "true": return true
        case "false": return false
        default: throw .url("\(option.name) is neither true nor false")
        }
    }
}
