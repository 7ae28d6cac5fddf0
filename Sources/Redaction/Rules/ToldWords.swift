// The words that announce a name of a person, a machine or a device, and what kind of name it is.

/// Words, and what kind of name follows them.
struct ToldName: Sendable {
    enum Kind: Sendable {
        case user
        /// A user in quotes.
        case quotedUser
        /// A user whom a statement of SQL makes or changes.
        case role
        /// The only word behind a name of the environment, in a list of two columns.
        case listedUser
        /// A name that can only be a machine's.
        case host
        /// The same, alone behind its name in a list of two columns.
        case listedHost
        /// A machine in brackets or quotes.
        case enclosedHost
        /// What reads as the name of a machine, or as any other word.
        case perhapsHost
        /// A user at the end of a line that begins with what was done.
        case actor
        case person
        /// A person on a card of addresses, whose lines begin with the mark.
        case carded
        /// A domain that short names are looked for in.
        case searched
        /// A person in a line that begins with a login.
        case fingered
        case device
        /// An id of a machine, shortly behind its other numbers.
        case deviceBelow
        /// A street, a number and a town.
        case postalAddress
        /// The number of a card in groups.
        case card
        /// A user who became another.
        case switched
    }

    let mark: String
    let kind: Kind

    static let all: [ToldName] =
        words(
            "authenticating user |disconnected from user |account name:|usrname= |targetusername\">|"
                + "subjectusername\">|samaccountname=|suser=|duser=|usrname=|logon account:|whoami: |"
                + "ruser=|owner of session: |successful su for root by |new user: name=|"
                + "on pts/0 for |basic with user '|delete user '|useradd: user '|su: (to root) |"
                + "welcome to gitlab, @|github.com account |gitlab.com as |acct=\"|"
                + "authentication failure for |\"user\":{\"name\":\"|\"user\": {\"name\": \"",
            .user)
        + words("user '|user \"|role \"|role '", .quotedUser)
        + words(
            "create user |alter user |drop user |create role |alter role |create login |"
                + "alter login |create user if not exists |grant usage to ", .role)
        + words("\nusername   |\nlogname   |\nuser   ", .listedUser)
        + words(
            "workstation name:|host name:|smbclient //|psexec \\|cifs //|<computer>|"
                + "client-hostname \"|host name . .|source workstation:|workstationname\">|"
                + "unknownhostexception: |getaddrinfo enotfound |getaddrinfo eai_again |"
                + "building remotely on ",
            .host)
        + words("\ncomputername   |\nhostname   |\nuserdomain   ", .listedHost)
        + words(
            "changed: [|ok: [|fatal: [|failed: [|skipping: [|unreachable: [|runner name: '|"
                + "machine name: '|'@'|`@`|permanently added '|authenticity of host '",
            .enclosedHost)
        + words(
            "connected to |connecting to |resolving |lookup |connection to |authenticating to |"
                + "is valid for |, not |node: |hostname |dialing |redirecting to |"
                + "handshake with |server at \"",
            .perhapsHost)
        + words("triggered by |pusher: ", .actor)
        + words("search ", .searched) + words("fn:", .carded)
        + words("registered owner:|started by user |user.name '|user.name \"", .person)
        + words("  name: ", .fingered)
        + words(
            "machine id:|device id:|device id |boot id:|serial number:|serial number (system):|"
                + "udid |hardware uuid:|platformserialnumber\" = \"|crash reporter key:|anonymous uuid:",
            .device)
        + words("su: |]: + pts/", .switched)
        + words("uuid: ", .deviceBelow) + words("address: |addr: ", .postalAddress)
        + words("charged |charge |card |visa |mastercard |amex |payment |paid with ", .card)

    private static func words(_ marks: String, _ kind: Kind) -> [ToldName] {
        marks.split(separator: "|").map { ToldName(mark: String($0), kind: kind) }
    }
}
