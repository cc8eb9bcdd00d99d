#!/usr/bin/perl
# Agreement of code and documents: directives, the members of the configuration, the
# messages of the error log, the files and folders in the guides for contributors; and nothing of
# one machine or unfinished is left.
use strict;
use warnings;

use lib 't/lib';
use File::Basename qw(basename dirname);
use File::Temp qw(tempdir);
use Test::More;
use TlsGate::Httpd;
use TlsGate::Tree qw(text_of without_comments uniq files sources_of folders_of mistaken proven with);

# --- 1. directives
sub directives_of_code {
    my ($root) = @_;
    return map { /^</ ? "$_>" : $_ }
        without_comments(text_of("$root/mod_tlsgate.c")) =~ /\b[A-Z][A-Z_]*\(\s*"(<?TlsGate\w*)"/g;
}

sub directives_of_reference {
    my ($root) = @_;
    return text_of("$root/docs/reference.md") =~ /^## +`?(<?TlsGate\w*>?)/mg;
}

# In use, or behind a # as an example.
sub directives_of_example {
    my ($root) = @_;
    return map { /^</ ? "$_>" : $_ } text_of("$root/conf/tlsgate.conf") =~ /^\s*(?:#\s*)?(<?TlsGate\w*)/mg;
}

sub check_directives {
    my ($root) = @_;
    my @complaints;
    my %of = ('mod_tlsgate.c' => [directives_of_code($root)], 'docs/reference.md' => [directives_of_reference($root)],
        'conf/tlsgate.conf' => [uniq(directives_of_example($root))]);
    my @all = sort { $a cmp $b } uniq(map { @$_ } values %of);
    for my $file (sort keys %of) {
        my %n;
        $n{$_}++ for @{ $of{$file} };
        push @complaints, "$file names no directive" unless %n;
        push @complaints, map { "$file does not name $_" } grep { !$n{$_} } @all;
        push @complaints, map { "$file names $_ twice" } grep { ($n{$_} || 0) > 1 } @all;
    }
    return @complaints;
}

# A directive that only a document or a message knows.
sub check_mentions {
    my ($root) = @_;
    my %known = map { s/[<>]//gr => 1 } directives_of_code($root);
    my (@complaints, $found);
    for my $file (files($root, qw(README.md docs/reference.md docs/*guide*.md conf/*.conf conf/*/*.conf src/*/*.c src/*/*/*.c))) {
        for my $name (text_of("$root/$file") =~ /(?<![\w:])(TlsGate\w*)(?!\w|::)/g) {
            $found++;
            push @complaints, "$file names $name, which is not a directive" unless $known{$name};
        }
    }
    return $found ? @complaints : 'no directive is mentioned anywhere';
}

# --- 2. members of the two configurations
sub body_of {
    my ($source, $function) = @_;
    return $source =~ /^[^\n;]*\b\Q$function\E\([^;{]*\)\s*\{(.*?)^\}/ms ? $1 : '';
}

sub check_members {
    my ($root) = @_;
    my $header = without_comments(text_of("$root/src/server/base/conf.h"));
    my $source = without_comments(text_of("$root/src/server/base/conf.c"));
    my @complaints;
    for my $kind (qw(server dir)) {
        my ($struct) = $header =~ /typedef struct \{([^{}]*)\}\s*tg_${kind}_conf_t;/;
        my @members = ($struct // '') =~ /(\w+)(?:\[[^\]]*\])?\s*;/g;
        push @complaints, "tg_${kind}_conf_t has no member" unless @members;
        my ($create, $merge) = map { body_of($source, "tg_conf_${_}_$kind") } qw(create merge);
        for my $m (@members) {
            push @complaints, "tg_conf_create_$kind does not set $m" unless $create =~ /\bconf->$m\s*=[^=]/;
            push @complaints, "tg_conf_merge_$kind does not merge $m" unless $merge =~ /\bconf->$m\s*=[^;]*\badd->$m\b/;
        }
    }
    return @complaints;
}

# --- 3. nothing of one machine, and nothing unfinished
sub tracked_files {
    my ($root) = @_;
    my @files = split(/\0/, `cd '$root' && git ls-files -z 2>/dev/null`);
    @files = split(/\n/, `cd '$root' && find . -type f ! -path './.git/*' ! -path './build/*' -printf '%P\\n'`)
        unless @files;
    return grep { -f "$root/$_" && -T "$root/$_" } @files;
}

sub check_leftovers {
    my ($root) = @_;
    my @files = tracked_files($root) or return 'there is no file';
    my @complaints;
    for my $file (@files) {
        my $n = 0;
        for my $line (split(/\n/, text_of("$root/$file"))) {
            $n++;
            push @complaints, "$file:$n: a path of one machine: $line"
                if $line =~ m{(?<![\w.\$\}\)/])/(?:work|root|home|Users|tmp)/\w};
            push @complaints, "$file:$n: unfinished: $line" if $line =~ /\b(?:TOD[O]|FIXM[E])\b/;
        }
    }
    return @complaints;
}

# --- 4. every message of the error log has a unique identifier, which the reference explains
sub messages_of_code {
    my ($root) = @_;
    my %formats;
    for my $file (files($root, 'mod_tlsgate.c', 'src/server/*/*.c')) {
        my $code = text_of("$root/$file");
        while ($code =~ /\bTG_LOG(?:_REQUEST|_KEPT)?\(\s*(\d+),(?:[^",]*,){3}\s*((?:"(?:\\.|[^"\\])*"\s*)+)/g) {
            my ($number, $literals) = ($1, $2);
            my $format = join('', $literals =~ /"((?:\\.|[^"\\])*)"/g) =~ s/\\(.)/$1/gr;
            push @{ $formats{"TLSGATE$number"} }, $format;
        }
    }
    return \%formats;
}

# A row of the table: identifier, text in backquotes, cause, remedy.
sub messages_of_reference {
    my ($root) = @_;
    my %rows;
    my $text = text_of("$root/docs/reference.md");
    push @{ $rows{$1} }, [$2, $3, $4]
        while $text =~ /^\| (TLSGATE\d+) \| `(.*?)` \| *([^|]*?) *\| *([^|]*?) *\|$/mg;
    return \%rows;
}

# The fixed parts of a message are in the table, in that order; the rest is a value.
sub is_text_of { my ($text, $format) = @_; return $text =~ join('.*', map { quotemeta } split(/%[-+#0-9.]*[a-z]+/, $format)) }

sub check_messages {
    my ($root) = @_;
    my ($code, $reference) = (messages_of_code($root), messages_of_reference($root));
    my @complaints;
    push @complaints, 'the code has no message' unless %$code;
    for my $file (files($root, 'mod_tlsgate.c', 'src/server/*/*.[ch]')) {
        next if $file eq 'src/server/base/log.h';
        my $without = () = without_comments(text_of("$root/$file")) =~ /\bap_log_\w*error\s*\(/g;
        push @complaints, "$file has a message without an identifier" if $without;
    }
    for my $id (sort { $a cmp $b } uniq(keys %$code, keys %$reference)) {
        my @formats = @{ $code->{$id} || [] };
        my @rows = @{ $reference->{$id} || [] };
        push @complaints, "$id does not have four digits" unless $id =~ /^TLSGATE\d{4}$/;
        push @complaints, "$id is used twice" if @formats > 1;
        push @complaints, "$id is not in the code" unless @formats;
        push @complaints, @rows ? "$id is in the reference twice" : "$id is not in the reference" if @rows != 1;
        push @complaints, map { "the reference says nothing of $id" } grep { !length $_->[1] || !length $_->[2] } @rows;
        push @complaints, map { "the reference has another text for $id: $formats[0]" }
            grep { @formats && !is_text_of($_->[0], $formats[0]) } @rows;
    }
    return @complaints;
}

# --- 5. documents for contributors name files that exist
sub check_named_files {
    my ($root) = @_;
    my %there = map { basename($_) => 1 } files($root, 'mod_tlsgate.c'), sources_of($root);
    my (@complaints, $found);
    for my $file (qw(docs/design.md CONTRIBUTING.md)) {
        my $text = text_of("$root/$file");
        for my $name ($text =~ /`((?:src|t)\/[\w\/.]+)`/g) {
            $found++;
            push @complaints, "$file names $name" unless -e "$root/$name" || !-d "$root/t" && $name =~ m{^t/};
        }
        for my $name ($text =~ /`(\w+\.(?:c|h|def))`/g) {
            $found++;
            push @complaints, "$file names $name" unless $there{$name};
        }
    }
    return $found ? @complaints : 'no document names a file';
}

# Makefile.apxs defines the folders; the table of docs/design.md follows it.
sub check_folder_table {
    my ($root) = @_;
    my %sees = folders_of($root) or return 'Makefile.apxs names no folder';
    my %told = map { $_ => 1 } text_of("$root/docs/design.md") =~ /^\| `src\/([\w\/]+)\/` \|/mg;
    return (map({ "docs/design.md does not list $_" } grep { !$told{$_} } sort keys %sees),
        map { "docs/design.md lists $_" } grep { !$sees{$_} } sort keys %told);
}

proven('directives of code, reference and example', \&check_directives, '.',
    ['one that is not documented', qr/docs\/reference\.md does not name TlsGateNew/,
        with('mod_tlsgate.c', qr/(?=DIRECTIVE\("TlsGateLog")/, 'DIRECTIVE("TlsGateNew", SERVER, ONCE, new, "x"),')],
    ['one that the code lost', qr/mod_tlsgate\.c does not name TlsGateLog/,
        with('mod_tlsgate.c', qr/"TlsGateLog"/, '"x"')],
    ['one that the example lost', qr/conf\/tlsgate\.conf does not name TlsGatePrivacy/,
        with('conf/tlsgate.conf', qr/^\s*#?\s*TlsGatePrivacy.*/m, '')],
    ['one that is documented twice', qr/docs\/reference\.md names TlsGateLog twice/,
        with('docs/reference.md', undef, "\n## TlsGateLog\n")],
    ['a section that is not documented', qr/docs\/reference\.md does not name <TlsGateSchedule>/,
        with('docs/reference.md', qr/^## +`?<TlsGateSchedule/m, '## <X')]);

proven('directives that are mentioned', \&check_mentions, '.',
    ['one that does not exist', qr/conf\/tlsgate\.conf names TlsGateNothing/,
        with('conf/tlsgate.conf', undef, "# see TlsGateNothing.\n")]);

proven('members of the configurations', \&check_members, '.',
    ['one that is not created', qr/tg_conf_create_server does not set log/,
        with('src/server/base/conf.c', qr/conf->log = NULL;/, '')],
    ['one that is not merged', qr/tg_conf_merge_server does not merge advice/,
        with('src/server/base/conf.c', qr/conf->advice = add->[^;]*;/, '')],
    ['one that is new', qr/tg_conf_create_dir does not set fresh.*tg_conf_merge_dir does not merge fresh/s,
        with('src/server/base/conf.h', qr/(?=\} tg_dir_conf_t;)/, "    int fresh;\n")]);

proven('files that documents name', \&check_named_files, '.',
    ['one that is gone', qr/^docs\/design\.md names src\/policy\/gone\.c$/m,
        with('docs/design.md', undef, "`src/policy/gone.c`\n")],
    ['one that is gone, by its name alone', qr/^CONTRIBUTING\.md names gone\.c$/m,
        with('CONTRIBUTING.md', undef, "`gone.c`\n")]);

proven('the table of folders', \&check_folder_table, '.',
    ['one that is new', qr/^docs\/design\.md does not list fresh$/m,
        with('Makefile.apxs', qr/(?<=LIBRARY_FOLDERS := )/, 'fresh ')],
    ['one that is gone', qr/^docs\/design\.md lists gone$/m,
        with('docs/design.md', undef, "| `src/gone/` | x |\n")]);

proven('nothing is left over', \&check_leftovers, '.',
    ['a path', qr/^README\.md:\d+: a path of one machine/m,
        with('README.md', undef, "see /" . "root/x\n")],
    ['a note', qr/^README\.md:\d+: unfinished/m,
        with('README.md', undef, "FIX" . "ME: more\n")]);

proven('messages of the error log', \&check_messages, '.',
    ['a number that is used twice', qr/^TLSGATE0009 is used twice$/m,
        with('src/server/record/sightlog.c', qr/TG_LOG\(0010/, 'TG_LOG(0009')],
    ['a number that is too short', qr/^TLSGATE10 does not have four digits$/m,
        with('src/server/record/sightlog.c', qr/TG_LOG\(0010/, 'TG_LOG(10')],
    ['a message that the reference does not explain', qr/^TLSGATE0999 is not in the reference$/m,
        with('src/server/record/sightlog.c', undef, qq{void x(server_rec *s)\n{\n    TG_LOG(0999, APLOG_ERR, 0, s, "new");\n}\n})],
    ['one that only the reference knows', qr/^TLSGATE0999 is not in the code$/m,
        with('docs/reference.md', undef, "| TLSGATE0999 | `old` | cause | remedy |\n")],
    ['one that the reference has twice', qr/^TLSGATE0026 is in the reference twice$/m,
        with('docs/reference.md', qr/^(\| TLSGATE0026 .*\n)/m, '| TLSGATE0026 | `x` | y | z |' . "\n" . '| TLSGATE0026 | `x` | y | z |' . "\n")],
    ['one without a remedy', qr/^the reference says nothing of TLSGATE0025$/m,
        with('docs/reference.md', qr/^(\| TLSGATE0025 \| [^|]* \| [^|]* \|).*/m, '| TLSGATE0025 | `x` | y | |')],
    ['another text', qr/^the reference has another text for TLSGATE0015: no TlsGateLog/m,
        with('docs/reference.md', qr/no TlsGateLog for HOST/, 'no log for HOST')],
    ['a message without an identifier', qr{^src/server/request/gate\.c has a message without an identifier$}m,
        with('src/server/request/gate.c', undef, qq{void x(server_rec *s)\n{\n    ap_log_error(APLOG_MARK, 0, 0, s, "x");\n}\n})]);

done_testing;
