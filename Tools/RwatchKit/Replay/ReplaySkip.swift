/// Why a recorded command or message is not sent.
package enum ReplaySkip: Int, Sendable, CaseIterable {
    /// It is not selected.
    case unselected
    /// A script or function sent it, and that is sent.
    case script
    /// It came to a replica from its primary.
    case replicated
    /// The server has left out its arguments.
    case redacted
    /// It concerns the recorded connection: AUTH, CLIENT, SUBSCRIBE, WAIT and such.
    case connection
    /// SELECT, which is sent where it is needed.
    case select
    /// WATCH and UNWATCH: the recording tells which transactions were executed.
    case watch
    /// It administers the server. No server shows such commands.
    case administrative
    /// MIGRATE, which acts on another server.
    case otherServer
    /// It belongs to a transaction that was discarded or that is empty.
    case discarded
    /// It belongs to a transaction whose MULTI or EXEC the recording lacks.
    case unfinishedTransaction
    /// The recording has a name for its database, and no number.
    case namespace
    /// The server does not have the database.
    case missingDatabase
    /// It is the same published message once more, which matched several subscriptions.
    case samePublish
    /// It is an event of a key, which no command repeats.
    case keyEvent

    /// The reason in words, behind a number of commands.
    package var words: String {
        switch self {
        case .unselected: "not selected"
        case .script: "sent by scripts"
        case .replicated: "replicated"
        case .redacted: "redacted by the server"
        case .connection: "about their connection (AUTH, CLIENT, SUBSCRIBE and such)"
        case .select: "SELECT, which is sent as needed"
        case .watch: "WATCH or UNWATCH, which the recording has decided"
        case .administrative: "administrative"
        case .otherServer: "MIGRATE, which acts on another server"
        case .discarded: "of transactions that did nothing"
        case .unfinishedTransaction: "of transactions without their beginning or end"
        case .namespace: "in a namespace"
        case .missingDatabase: "in a database that the server does not have"
        case .samePublish: "the same message by another subscription"
        case .keyEvent: "events of keys"
        }
    }

    /// The name in JSON.
    package var name: String {
        switch self {
        case .unselected: "unselected"
        case .script: "script"
        case .replicated: "replicated"
        case .redacted: "redacted"
        case .connection: "connection"
        case .select: "select"
        case .watch: "watch"
        case .administrative: "administrative"
        case .otherServer: "other_server"
        case .discarded: "discarded"
        case .unfinishedTransaction: "unfinished_transaction"
        case .namespace: "namespace"
        case .missingDatabase: "missing_database"
        case .samePublish: "same_publish"
        case .keyEvent: "key_event"
        }
    }
}
