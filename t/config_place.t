#!/usr/bin/perl
# The context of each directive: outside of it httpd refuses to start, and
# says where the line belongs. In .htaccess that is an error of the request.
use strict;
use warnings;

use lib 't/lib';
use File::Path qw(make_path);
use Test::More;
use TlsGate::Client qw(get);
use TlsGate::Httpd;

my $httpd = TlsGate::Httpd->new(conf => '');

my $SCHEDULE = "<TlsGateSchedule s>\nTlsGateDeprecate TLSv1\n</TlsGateSchedule>\n";
my $MOVE_IN = 'move it into a <TlsGateSchedule NAME> section';
my $MOVE_OUT = 'move the section out of every other section';

# A value for each directive, and its kind, one of three.
my %VALUE = (
    TlsGateDeprecate => 'TLSv1',
    TlsGateAnnounce  => '2018-06-01T00:00Z',
    TlsGateTrial     => '2018-07-10T10:00Z/PT1H',
    TlsGateCutoff    => '2018-08-07T08:40Z',
    TlsGateGrace     => '2018-08-07T15:25Z/P14D',
    TlsGateRefuse    => '2018-11-01T00:00Z',
    TlsGateStatus    => '400',
    TlsGateInfo      => 'https://example.com/tls',
    TlsGateIdentity  => 'basic',
    TlsGatePrivacy   => 'ip=hash',
    TlsGateLog       => 'logs/tlsgate.ndjson',
    TlsGateAdvice    => 'update',
    TlsGate          => 's',
);
my @SERVER = qw(TlsGateIdentity TlsGatePrivacy TlsGateLog TlsGateAdvice);
my @OUTER = ('TlsGate', @SERVER);
my @INNER = grep { my $d = $_; !grep { $_ eq $d } @OUTER } sort keys %VALUE;

# Sections of httpd: the text before and after a line.
my %IN = (
    server        => ['', ''],
    VirtualHost   => ['<VirtualHost *:80>', '</VirtualHost>'],
    Location      => ['<Location /x>', '</Location>'],
    LocationMatch => ['<LocationMatch ^/x>', '</LocationMatch>'],
    Directory     => ['<Directory /x>', '</Directory>'],
    DirectoryMatch => ['<DirectoryMatch ^/x>', '</DirectoryMatch>'],
    Files         => ['<Files x>', '</Files>'],
    FilesMatch    => ['<FilesMatch x>', '</FilesMatch>'],
    If            => ['<If true>', '</If>'],
    'If in a Location'    => ["<Location /x>\n<If true>", "</If>\n</Location>"],
    'Limit in a Location' => ["<Location /x>\n<Limit GET>", "</Limit>\n</Location>"],
    'Location of a VirtualHost' => ["<VirtualHost *:80>\n<Location /x>", "</Location>\n</VirtualHost>"],
);
my @FILES = qw(Directory DirectoryMatch Files FilesMatch If);

sub line_in { my ($where, $line) = @_; return join("\n", $IN{$where}[0], $line, $IN{$where}[1], '') }

sub configtest { $httpd->write_conf($_[0]); return $httpd->configtest }

sub refused {
    my ($name, $conf, $directive, $value, $reason, $form) = @_;
    my ($status, $said) = configtest($conf);
    isnt($status, 0, "$name: refused");
    my $bracket = $directive =~ /^</ ? '>' : '';
    like($said, qr/^\Q$directive "$value"$bracket\E: [^\n]*\Q$reason\E[^\n]*; [^\n]*\Q$form\E/m,
        "$name: directive, value, reason and right form");
}

sub accepted {
    my ($name, $conf) = @_;
    my ($status, $said) = configtest($conf);
    is($status, 0, "$name: accepted") or diag($said);
}

# --- the directives of a schedule, outside of one
for my $d (@INNER) {
    refused("$d in $_", line_in($_, "$d $VALUE{$d}"), $d, $VALUE{$d}, 'it is not allowed here', $MOVE_IN)
        for qw(server VirtualHost Location Directory);
}
accepted('all of them inside',
    join("\n", '<TlsGateSchedule s>', (map { "$_ $VALUE{$_}" } @INNER), '</TlsGateSchedule>', ''));

# --- TlsGate
for my $where (@FILES, 'If in a Location', 'Limit in a Location') {
    refused("TlsGate in $where", $SCHEDULE . line_in($where, 'TlsGate s'), 'TlsGate', 's',
        'it is not allowed here', 'put it into the server, a <VirtualHost> or a <Location>');
}
accepted("TlsGate in $_", $SCHEDULE . line_in($_, 'TlsGate s'))
    for 'server', 'VirtualHost', 'Location', 'LocationMatch', 'Location of a VirtualHost';

# --- as=refuse: what is not known in the handshake cannot be refused there
for my $trait ('cleartext', 'unknown', 'any', '"expr=%{HTTP_HOST} == \'x\'"') {
    my $schedule = $SCHEDULE =~ s/TLSv1/TLSv1 $trait/r;
    for my $where ('server', 'VirtualHost', 'Location') {
        my ($status, $said) = configtest($schedule . line_in($where, 'TlsGate s as=refuse'));
        isnt($status, 0, "as=refuse of $trait in $where: refused");
        like($said, qr/httpd\.conf:\d+: TlsGate "s as=refuse": only protocol versions, key exchanges and ciphers are known in the handshake, [^\n]*; use as=cutoff$/m,
            "as=refuse of $trait in $where: file, line, value, reason and right form");
    }
    accepted("as=cutoff of $trait", "${schedule}TlsGate s as=cutoff\n");
}
accepted("as=refuse of $_", $SCHEDULE =~ s/TLSv1/TLSv1 $_/r . "TlsGate s as=refuse\n")
    for qw(kx=RSA kx=DHE kx=classical cipher=3DES cipher=RC4 cipher=CBC cipher=SHA1);
accepted("as=refuse of versions in $_", $SCHEDULE . line_in($_, 'TlsGate s as=refuse')) for 'server', 'VirtualHost', 'Location';
isnt((configtest($SCHEDULE . $SCHEDULE =~ s/ s>/ t>/r =~ s/TLSv1/any/r . "TlsGate s t as=refuse\n"))[0], 0,
    'as=refuse of two schedules, of which the second has more than versions: refused');

# --- the directives of a server
for my $d (@SERVER) {
    refused("$d in $_", line_in($_, "$d $VALUE{$d}"), $d, $VALUE{$d}, 'it is not allowed here',
        'put it into the server or a <VirtualHost>') for 'Location', 'Directory', 'Files', 'If';
    accepted("$d in $_", line_in($_, "$d $VALUE{$d}")) for qw(server VirtualHost);
}

# --- <TlsGateSchedule>
refused("a schedule in $_", line_in($_, $SCHEDULE), '<TlsGateSchedule', 's', 'it is not allowed here', $MOVE_OUT)
    for 'VirtualHost', 'Location', 'Directory', 'Files', 'If', 'Location of a VirtualHost';
accepted('a schedule in <IfModule>', "<IfModule mod_ssl.c>\n$SCHEDULE</IfModule>\nTlsGate s\n");

# --- directives that are not allowed in a schedule
for my $foreign ((map { [$_, $VALUE{$_}] } @OUTER), ['ServerName', 'example.com'], ['SSLProtocol', 'all'],
    ['Listen', '80']) {
    my ($d, $value) = @$foreign;
    refused("$d in a schedule", $SCHEDULE =~ s{(?=</)}{$d $value\n}r, $d, $value,
        'it is not allowed in the schedule s', 'after </TlsGateSchedule>');
}
# A slip in the name of one is no directive of anybody.
for my $slip (['TlsGateCutof', '2018-08-07T08:40Z', 'did you mean TlsGateCutoff? Write'], ['TlsGateGraze', 'x', 'did you mean TlsGateGrace? Write'], ['Cutoff', '2018-08-07T08:40Z', 'write']) {
    my ($d, $value, $question) = @$slip;
    refused("$d in a schedule", $SCHEDULE =~ s{(?=</)}{$d $value\n}r, $d, $value,
        'there is no such directive, in line', "$question one of: TlsGateDeprecate");
}
refused('a schedule in a schedule', $SCHEDULE =~ s{(?=</)}{$SCHEDULE}r, '<TlsGateSchedule', 's',
    'it is not allowed in the schedule s', 'after </TlsGateSchedule>');
refused('<Location> in a schedule', $SCHEDULE =~ s{(?=</)}{<Location /x>\n</Location>\n}r, '<Location', '/x',
    'it is not allowed in the schedule s', 'after </TlsGateSchedule>');
accepted('<IfModule> in a schedule',
    $SCHEDULE =~ s{(?=</)}{<IfModule mod_ssl.c>\nTlsGateCutoff 2018-08-07T08:40Z\n</IfModule>\n}r);

# --- names of schedules
for my $name ('', 'a/b', 'a b', 'a=b', 'x' x 65, 'off', 'report-only') {
    refused("the name '$name'", "<TlsGateSchedule $name>\nTlsGateDeprecate TLSv1\n</TlsGateSchedule>\n",
        '<TlsGateSchedule', $name, 'name', 'write <TlsGateSchedule NAME>');
}
accepted("the name '$_'", "<TlsGateSchedule $_>\nTlsGateDeprecate TLSv1\n</TlsGateSchedule>\nTlsGate $_\n")
    for 'legacy-tls', 'x' x 64, '2018_07.a', '"quoted"', 'offline';
refused('two schedules of one name', $SCHEDULE . $SCHEDULE, '<TlsGateSchedule', 's',
    'there are two schedules of that name', 'rename one of them, or join them');
accepted('two schedules', $SCHEDULE . $SCHEDULE =~ s/ s>/ t>/r);
isnt((configtest("<TlsGateSchedule s>\nTlsGateDeprecate TLSv1\n"))[0], 0, 'a schedule that is not closed: refused');

# --- .htaccess is read while requests are served. AllowOverrideList lets any directive of a
# <Location> in, so that the module itself has to refuse it.
my $live = TlsGate::Httpd->new(conf => <<"CONF");
Listen 127.0.0.1:\@plain\@
$SCHEDULE<Directory "\$DIR/htdocs">
    AllowOverride All
</Directory>
<Directory "\$DIR/htdocs/listed">
    AllowOverride None
    AllowOverrideList @{[sort keys %VALUE]}
</Directory>
CONF
for my $page (map { ($_, "listed/$_") } sort keys %VALUE) {
    my ($d) = $page =~ /(\w+)$/;
    make_path($live->dir . "/htdocs/$page");
    $live->write_file("htdocs/$page/index.html", "page\n");
    $live->write_file("htdocs/$page/.htaccess", "$d $VALUE{$d}\n");
}
$live->start;
is(get($live->port('plain'), undef, '/')->{status}, 200, 'without .htaccess: served');
for my $d (sort keys %VALUE) {
    is(get($live->port('plain'), undef, "/$d/index.html")->{status}, 500, "$d in .htaccess: 500");
    is(get($live->port('plain'), undef, "/listed/$d/index.html")->{status}, 500,
        "$d in .htaccess that AllowOverrideList allows: 500");
}
like($live->error_log, qr/htaccess: TlsGate "s": it is not allowed here; put it into the server/,
    'TlsGate in .htaccess says where it belongs');
$live->finish_ok(qr/\.htaccess: /);

done_testing;
