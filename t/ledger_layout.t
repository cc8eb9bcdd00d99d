# A module that lays the ledger out otherwise, as an upgrade may, is put in the place of the one that runs. Its memory is
# new after a graceful restart, so it goes on from the file; what has the layout that it had is not counted twice. The same
# of one that finds clients by another hash, and of one that acknowledges otherwise: the file of the one before is removed.
use strict;
use warnings;
use lib 't/lib';
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use Test::More;
use TlsGate::Client qw(get json_of);
use TlsGate::Httpd;
use TlsGate::Tree qw(folder_list);

my $CC    = $ENV{CC} || 'cc';
my $BUILD = $ENV{BUILD} || 'build';
my $library = join(',', folder_list('.', 'PURE'));
my $DIR   = tempdir('tlsgate-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $DIR;
sub output { my ($command) = @_; my $text = `($command) 2>/dev/null`; chomp $text; return $text =~ s/\n/ /gr }
my $FLAGS = '-std=gnu11 -O0 -fPIC ' . output('apr-1-config --cppflags --includes || apr-config --cppflags --includes')
    . ' -isystem ' . output('apxs -q INCLUDEDIR || apxs2 -q INCLUDEDIR');
my $LIBS = output('pkg-config --libs jansson libssl libcrypto');

# Compiles what includes the header, and takes the rest as it is. Another file may change as well, which includes it.
sub module_with {
    my ($name, $header, @changes) = @_;
    my $tree = "$DIR/$name";
    system('cp', '-r', 'src', $tree) == 0 or die "cp: $?\n";
    for ([$header, splice @changes, 0, 2], @changes ? [@changes] : ()) {
        my ($in, $as, $other) = @$_;
        my $text = TlsGate::Httpd::slurp("$tree/$in");
        ok($text =~ s/^$as$/$other/m, "$name: its $in");
        open(my $out, '>', "$tree/$in") or die "$tree: $!\n";
        print $out $text;
        close $out or die "$tree: $!\n";
    }
    my (@objects, @commands);
    for my $object ("$BUILD/mod_tlsgate.o", glob("$BUILD/src/{$library,os}/*.o $BUILD/src/server/*/*.o")) {
        my ($source) = $object =~ m{^\Q$BUILD\E/(?:src/)?(.*)\.o$};
        if (TlsGate::Httpd::slurp($object =~ s/o$/d/r) !~ m{\b\Q$header\E}) {
            push @objects, $object if $object =~ m{/server/|/mod_tlsgate\.o$}; # of the library there is an archive
            next;
        }
        push @objects, "$tree/$source.o";
        my $file = -e "$source.c" ? "$source.c" : "$tree/$source.c";
        push @commands, "$CC $FLAGS -iquote $tree -c -o $tree/$source.o $file";
    }
    open(my $run, '|-', 'xargs', '-d', "\n", '-n', 1, '-P', 2, 'sh', '-c') or die "xargs: $!\n";
    print $run "$_\n" for @commands;
    ok(close $run, '... is compiled');
    my $module = "$DIR/$name.so";
    my $said = `$CC -shared -Wl,--version-script=src/mod_tlsgate.map -o $module @objects $BUILD/libtlsgate.a $LIBS 2>&1`;
    is($?, 0, '... and is a module') or diag($said);
    return $module;
}
my %module = (
    ledger => module_with('ledger', 'ledger/ledger.h', '#define TG_LEDGER_STRIPES 16\b.*', '#define TG_LEDGER_STRIPES 32'),
    hash   => module_with('hash', 'ledger/straggler_table.h', '#define TG_STRAGGLERS_HASH 2\b.*', '#define TG_STRAGGLERS_HASH 3',
        'ledger/straggler_table.c', '    return tg_siphash\(&key, schedule,.*', '    return ~tg_siphash(&key, schedule, strnlen(schedule, TG_SCHEDULE_NAME_MAX));'),
    ack    => module_with('ack', 'format/ack.h', '#define TG_ACK_STOPS_MAX 48\b.*', '#define TG_ACK_STOPS_MAX 47'),
    table  => module_with('table', 'ledger/straggler_table.h', '\s*char ja4\[.*', "    char unused[64];\n    char ja4[TG_JA4_STRLEN];"),
);

for my $name (sort keys %module) {
    local $ENV{TLSGATE_MODULE} = "$DIR/running-$name.so";
    copy("$BUILD/mod_tlsgate.so", $ENV{TLSGATE_MODULE}) or die "copy: $!\n";
    my $h = TlsGate::Httpd->new(clock => '2018-07-10T09:00:00Z', conf => <<'CONF');
Listen 127.0.0.1:@tls@
SSLEngine on
TlsGateLedger 5 kept/ledger
TlsGateState kept/state.json
<TlsGateSchedule legacy>
    TlsGateDeprecate TLSv1
    TlsGateAnnounce  2018-06-01T00:00Z
</TlsGateSchedule>
TlsGate legacy
TlsGateIdentity header:X-Account
<Location /status>
    SetHandler tlsgate-status
    Require all granted
</Location>
CONF
    $h->stop_clock('2018-07-10T09:00:00Z');
    mkdir "$h->{dir}/kept" or die "kept: $!";
    chmod 0755, "$h->{dir}/kept";
    $h->start;
    my $seen = sub {
        my $status = json_of(get($h->port, 'TLSv1.3', '/status?format=json'));
        return join(' ', $status->{requests}{totals}{TLSv1}{warn} // 0, sort map { "$_->{client}=$_->{requests}" =~ s/account://r } @{ $status->{stragglers}{items} });
    };
    my $word = sub { join(' ', map { s{.*/}{}r } glob("$h->{dir}/kept/state.json.ack.*")) };
    my $first = $word->();
    like($first, qr/^\S+$/, "$name: it acknowledges");
    get($h->port, 'TLSv1', '/index.html', "X-Account: $_", 'User-Agent: old/1') for qw(A A B);
    ok($h->wait_until(sub { $seen->() eq '3 A=2 B=1' }), "$name: what is counted") or diag($seen->());
    ok($h->graceful, '... with the same module');
    is($seen->(), '3 A=2 B=1', '... is there after a graceful restart');
    is($word->(), $first, '... and so is the file');
    rename($module{$name}, $ENV{TLSGATE_MODULE}) or die "rename: $!\n";
    ok($h->graceful, '... with the other one') or diag($h->error_log), last;
    is($seen->(), '3 A=2 B=1', '... also, and once');
    if ($name eq 'ack') {
        ok($h->wait_until(sub { $word->() =~ /^\S+$/ }), '... with one acknowledgement') or diag($word->());
        isnt($word->(), $first, '... another one');
        my ($pid) = TlsGate::Httpd::slurp("$h->{dir}/kept/" . $word->()) =~ /"pid": ?(\d+)/;
        is($pid, ($word->() =~ /\.ack\.(\d+)-/)[0], '... of this httpd');
    }
    else {
        is($word->(), $first, '... with the acknowledgement that it had');
        like($h->error_log, qr/TLSGATE0084: /, '... from the file');
    }
    $h->finish_ok;
}

done_testing;
