# Fills @name@ in nginx.conf by those settings of the services that hold for their proxy as well, as nginx reads no
# variables. Their defaults are the services' own.

function setting(name, otherwise) { return ENVIRON[name] == "" ? otherwise : ENVIRON[name] }
function up(number) { return int(number) == number ? int(number) : int(number) + 1 }

BEGIN {
    # Addresses and networks, with commas between.
    count = split(setting("ECG_FRONT_PROXIES", ""), each, /[ ,]+/)
    for (i = 1; i <= count; i++) {
        if (each[i] !~ /^[0-9A-Fa-f.:\/]*$/) {
            print "ECG_FRONT_PROXIES has " each[i] ", which is no address" > "/dev/stderr"
            exit 1
        }
        if (each[i] != "") value["front_proxies"] = value["front_proxies"] "set_real_ip_from " each[i] "; "
    }
    if (!("front_proxies" in value)) value["front_proxies"] = ""
    value["cors_origins"] = setting("ECG_CORS_ORIGINS", "")
    value["upload_max_bytes"] = setting("ECG_INGEST_BODY_MAX_BYTES", "33554432")

    value["head_seconds"] = up(setting("ECG_HEAD_SECONDS", 10))
    value["answer_seconds"] = up(setting("ECG_ANSWER_SECONDS", 30))
    value["body_seconds"] = up(setting("ECG_BODY_SECONDS", 3600))
    # Somewhat longer than the services, whose answers say more: Kafka has to confirm (ingest), or somebody waits (query).
    publish = setting("ECG_INGEST_PUBLISH_SECONDS", 10) + 0
    wait = setting("ECG_WAIT_SECONDS", 30) + 0
    value["upstream_seconds"] = up(publish > wait ? publish : wait) + 30
    value["keep_alive_seconds"] = setting("ECG_INGEST_KEEP_ALIVE_SECONDS", 30) + 5

    # Two for each of a service's, one to the client and one to the service, and a few for health checks. Of one
    # address a quarter of these pairs.
    value["connections"] = 2 * setting("ECG_CONNECTIONS", 2000) + 96
    value["under_way"] = up(value["connections"] / 8)

    # As many requests of one address as of one user: ten seconds of them at once. 0 is no limit: more than there can be.
    rate = setting("ECG_REQUESTS_PER_SECOND", 1000) + 0
    if (rate == 0) rate = 1000000
    value["requests_per_minute"] = up(60 * rate)
    value["requests_at_once"] = up(10 * rate)
}

{
    rest = $0
    line = ""
    while (match(rest, /@[a-z_]+@/)) {
        name = substr(rest, RSTART + 1, RLENGTH - 2)
        if (!(name in value)) {
            print "nginx.conf has @" name "@, which settings.awk does not know" > "/dev/stderr"
            exit 1
        }
        line = line substr(rest, 1, RSTART - 1) value[name]
        rest = substr(rest, RSTART + RLENGTH)
    }
    print line rest
}
