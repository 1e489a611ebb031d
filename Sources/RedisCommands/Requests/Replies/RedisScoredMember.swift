/// A member of a sorted set and its score.
public struct RedisScoredMember: Sendable, Hashable {
    /// The member.
    public var member: RedisBytes
    /// Its score.
    public var score: Double

    /// A member and its score.
    public init(_ member: some RedisBytesConvertible, _ score: Double) {
        self.member = member.redisBytes
        self.score = score
    }
}

extension RedisScoredMember: RedisReply {
    /// An array of the member and the score.
    public init?(reply: RESPValue) {
        guard let parts = reply.elements, parts.count == 2 else { return nil }
        self.init(parts[0], parts[1])
    }

    private init?(_ member: RESPValue, _ score: RESPValue) {
        guard let member = member.bytes, let score = Double(reply: score), !score.isNaN else { return nil }
        self.init(member, score)
    }

    /// An array of pairs, as RESP3 has it, or a flat array of members and scores, as RESP2 has it.
    package static func list(_ reply: RESPValue) -> [RedisScoredMember]? {
        guard let elements = reply.elements else { return nil }
        if elements.first?.elements != nil { return [RedisScoredMember](reply: reply) }
        guard elements.count.isMultiple(of: 2) else { return nil }
        var members: [RedisScoredMember] = []
        members.reserveCapacity(elements.count / 2)
        for index in stride(from: 0, to: elements.count, by: 2) {
            guard let member = RedisScoredMember(elements[index], elements[index + 1]) else { return nil }
            members.append(member)
        }
        return members
    }

    /// The one member of a list, or none.
    static func first(_ reply: RESPValue) -> RedisScoredMember?? {
        guard let members = list(reply), members.count <= 1 else { return nil }
        return .some(members.first)
    }
}

extension RedisScoredMember: ArgumentList {
    var argumentCount: Int { 2 }

    func append(to writer: inout RedisArgumentWriter) {
        score.write(to: &writer)
        writer.append(member)
    }
}
